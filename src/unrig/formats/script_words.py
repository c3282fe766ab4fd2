"""What scripts are written with: the words of five languages that give an ability.

A word is a call, a command or a module that the language or its standard library has, with the ability it gives.
Sources: the reference of Node.js (child_process, fs, net, vm, os), of Python's standard library, of PowerShell's
cmdlets, of Windows' commands and of POSIX utilities. Names of browsers' stores are those of `text_markers`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from unrig.formats.entropy import span
from unrig.model.capability import Capability as Can
from unrig.model.capability import Shown

LONGEST_SHOWN = 128
HOUR = 3600
MODULES: Mapping[str, Can] = MappingProxyType(
    {
        "child_process": Can.PROCESS,
        "http": Can.NETWORK,
        "https": Can.NETWORK,
        "http2": Can.NETWORK,
        "net": Can.NETWORK,
        "tls": Can.NETWORK,
        "dgram": Can.NETWORK,
        "dns": Can.NETWORK,
        "axios": Can.NETWORK,
        "node-fetch": Can.NETWORK,
        "undici": Can.NETWORK,
        "got": Can.NETWORK,
        "vm": Can.DYNAMIC_CODE,
        "subprocess": Can.PROCESS,
        "socket": Can.NETWORK,
        "urllib": Can.NETWORK,
        "urllib.request": Can.NETWORK,
        "requests": Can.NETWORK,
        "httpx": Can.NETWORK,
        "aiohttp": Can.NETWORK,
        "http.client": Can.NETWORK,
        "ftplib": Can.NETWORK,
    }
)
"""Modules of Node.js and Python, and the libraries most used for the same."""
CALLS: Mapping[str, Can] = MappingProxyType(
    {
        "eval": Can.DYNAMIC_CODE,
        "exec": Can.DYNAMIC_CODE,
        "compile": Can.DYNAMIC_CODE,
        "Function": Can.DYNAMIC_CODE,
        "__import__": Can.DYNAMIC_CODE,
        "atob": Can.DECODING,
        "unescape": Can.DECODING,
        "String.fromCharCode": Can.DECODING,
        "base64.b64decode": Can.DECODING,
        "b64decode": Can.DECODING,
        "bytes.fromhex": Can.DECODING,
        "codecs.decode": Can.DECODING,
        "marshal.loads": Can.DECODING,
        "zlib.decompress": Can.DECODING,
        "fetch": Can.NETWORK,
        "XMLHttpRequest": Can.NETWORK,
        "WebSocket": Can.NETWORK,
        "os.system": Can.PROCESS,
        "os.popen": Can.PROCESS,
        "os.startfile": Can.PROCESS,
        "open": Can.FILE_READ,
        "os.hostname": Can.SYSTEM_SURVEY,
        "os.userInfo": Can.SYSTEM_SURVEY,
        "os.networkInterfaces": Can.SYSTEM_SURVEY,
        "platform.node": Can.SYSTEM_SURVEY,
        "socket.gethostname": Can.SYSTEM_SURVEY,
        "getpass.getuser": Can.SYSTEM_SURVEY,
    }
)
METHODS: Mapping[str, Can] = MappingProxyType(
    {
        "readFile": Can.FILE_READ,
        "readFileSync": Can.FILE_READ,
        "createReadStream": Can.FILE_READ,
        "writeFile": Can.FILE_WRITE,
        "writeFileSync": Can.FILE_WRITE,
        "createWriteStream": Can.FILE_WRITE,
        "read_text": Can.FILE_READ,
        "read_bytes": Can.FILE_READ,
        "write_text": Can.FILE_WRITE,
        "write_bytes": Can.FILE_WRITE,
    }
)
"""Last parts of calls whose object may have any name."""
_FLAGS = re.IGNORECASE | re.MULTILINE
COMMANDS: Mapping[str, Mapping[Can, re.Pattern[bytes]]] = MappingProxyType(
    {
        "powershell": MappingProxyType(
            {
                Can.NETWORK: re.compile(
                    rb"Invoke-WebRequest|Invoke-RestMethod|Net\.WebClient|Start-BitsTransfer|\biwr\b", _FLAGS
                ),
                Can.PROCESS: re.compile(rb"Start-Process|Invoke-Item|\[Diagnostics\.Process\]", _FLAGS),
                Can.DYNAMIC_CODE: re.compile(rb"Invoke-Expression|\biex\b|\[scriptblock\]::Create", _FLAGS),
                Can.DECODING: re.compile(rb"FromBase64String|-Enc(?:odedCommand)?\s", _FLAGS),
                Can.PERSISTENCE: re.compile(
                    rb"Register-ScheduledTask|New-ScheduledTask|schtasks|CurrentVersion\\Run|New-Service", _FLAGS
                ),
                Can.SYSTEM_SURVEY: re.compile(rb"Win32_\w+|systeminfo|Get-ComputerInfo|AntiVirusProduct", _FLAGS),
                Can.EXECUTABLE_MEMORY: re.compile(rb"VirtualAlloc|VirtualProtect", _FLAGS),
                Can.FILE_READ: re.compile(rb"ReadAllBytes|ReadAllText|Get-Content", _FLAGS),
            }
        ),
        "batch": MappingProxyType(
            {
                Can.NETWORK: re.compile(rb"\bcurl\b|bitsadmin|certutil\s[^\r\n]*-urlcache", _FLAGS),
                Can.PROCESS: re.compile(
                    rb"^\s*@?start\s|\bmshta\b|\brundll32\b|\bregsvr32\b|\bwscript\b|\bcscript\b|\bpowershell\b", _FLAGS
                ),
                Can.DECODING: re.compile(rb"certutil\s[^\r\n]*-decode", _FLAGS),
                Can.PERSISTENCE: re.compile(rb"schtasks|\bsc\s+create|CurrentVersion\\Run", _FLAGS),
                Can.SYSTEM_SURVEY: re.compile(rb"systeminfo|whoami\s+/|ipconfig\s+/all", _FLAGS),
            }
        ),
        "shell": MappingProxyType(
            {
                Can.NETWORK: re.compile(rb"\bcurl\s|\bwget\s|/dev/tcp/", _FLAGS),
                Can.DYNAMIC_CODE: re.compile(rb"\|\s*(?:ba|z)?sh\b|\beval\s", _FLAGS),
                Can.DECODING: re.compile(rb"base64\s+(?:-d|-D|--decode)|xxd\s+-r", _FLAGS),
                Can.PERSISTENCE: re.compile(rb"\bcrontab\b|launchctl\s+load|systemctl\s+enable", _FLAGS),
                Can.SYSTEM_SURVEY: re.compile(rb"system_profiler|\bioreg\b|\bdmidecode\b", _FLAGS),
            }
        ),
    }
)
SLEEPS = re.compile(
    rb"Start-Sleep\s+(?:-s(?:econds)?\s+)?(\d{4,9})\b|timeout\s+(?:/t\s+)?(\d{4,9})\b|\bsleep\s+(\d{4,9})\b", _FLAGS
)
STORES = re.compile(
    rb"User Data[\\/]|Login Data|places\.sqlite|cookies\.sqlite|formhistory\.sqlite|logins\.json|key4\.db"
    rb"|\.config/google-chrome|Application Support/Google/Chrome"
)

SECRETS = re.compile(
    rb"\.aws[\\/]{1,2}credentials|\.ssh[\\/]{1,2}id_|\bid_(?:rsa|ed25519|ecdsa)\b|\.git-credentials|\.pypirc\b"
    rb"|\.docker[\\/]{1,2}config\.json|\.kube[\\/]{1,2}config|\b(?:NPM|NODE_AUTH|GITHUB|GH|PYPI|VAULT)_TOKEN\b"
    rb"|\bAWS_SECRET_ACCESS_KEY\b|\bGOOGLE_APPLICATION_CREDENTIALS\b|\bwallet\.dat\b|application_default_credentials"
    rb"|JSON\.stringify\(\s*process\.env\s*[,)]|json\.dumps\(\s*(?:dict\(\s*)?os\.environ|\bdict\(\s*os\.environ\s*\)"
)
"""Where the tools of developers keep secrets (documentation of npm, AWS, Google Cloud, OpenSSH, Git, Docker, kubectl)."""
INTERCEPTS = re.compile(
    rb"\bXMLHttpRequest\.prototype(?:\.\w+|\[[^\]\n]{1,64}\])\s*=(?!=)|\b(?:window|globalThis|self|global)(?:\.fetch|\[['\"]fetch['\"]\])\s*=(?!=)"
    rb"|(?<![\w$.])fetch\s*=\s*new\s+Proxy\b|\bethereum\.request\s*=(?!=)"
)
"""How a script replaces the functions of the Fetch and XMLHttpRequest standards (WHATWG), and of wallets (EIP-1193)."""

NAMES: Mapping[Can, re.Pattern[bytes]] = MappingProxyType(
    {Can.BROWSER_STORES: STORES, Can.CREDENTIALS: SECRETS, Can.INTERCEPTION: INTERCEPTS}
)


def of_call(name: str) -> Can | None:
    """Return the ability that a call by this dotted name gives."""
    return CALLS.get(name) or METHODS.get(name.rpartition(".")[2] if "." in name else "")


def of_module(name: str) -> Can | None:
    """Return the ability that a module gives, `node:` in front or not."""
    return MODULES.get(name.removeprefix("node:"))


def of_commands(language: str, data: memoryview) -> Iterator[Shown]:
    """Yield the first of each ability's commands in a script of a shell."""
    for capability, pattern in COMMANDS.get(language, {}).items():
        match = pattern.search(data)
        if match:
            yield shown(capability, data, match.start(), match.end() - match.start())
    for match in SLEEPS.finditer(data):
        if int(next(group for group in match.groups() if group)) >= HOUR:
            yield shown(Can.LONG_SLEEP, data, match.start(), match.end() - match.start())
            return


def of_names(data: memoryview) -> Iterator[Shown]:
    """Yield the first name of a browser's store, of a place of secrets, and of what is replaced."""
    for capability, pattern in NAMES.items():
        match = pattern.search(data)
        if match:
            yield shown(capability, data, match.start(), match.end() - match.start())


def shown(capability: Can, data: memoryview, offset: int, length: int) -> Shown:
    """Return what shows an ability, with its place."""
    text = bytes(data[offset : offset + min(length, LONGEST_SHOWN)]).decode("utf-8", "replace")
    return Shown(capability=capability, text=text, span=span(data, offset, min(length, LONGEST_SHOWN)))
