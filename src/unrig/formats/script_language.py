"""Which interpreter would run this text? Told by its first line or by several things that only one language has.

A name is no evidence: facts are about bytes. Text that could be prose, data, a style sheet or a markup of something
else is none of these.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import yara_x

HEAD = 1 << 14
"""Bytes that are looked at; a script says what it is early."""
SHEBANG = re.compile(rb"#![^\n]*?\b(node|bun|deno|python|pwsh|bash|zsh|dash|ksh|sh)[0-9.]*\b")
INTERPRETERS: Mapping[bytes, str] = MappingProxyType(
    {b"node": "javascript", b"bun": "javascript", b"deno": "javascript", b"python": "python", b"pwsh": "powershell"}
)
_M = re.MULTILINE
_IM = re.MULTILINE | re.IGNORECASE
SIGNS: Mapping[str, tuple[tuple[re.Pattern[bytes], ...], int]] = MappingProxyType(
    {
        "python": (
            (
                re.compile(
                    rb"^(?:import[ \t]+[\w.]+(?:[ \t]+as[ \t]+\w+)?[ \t]*(?:[,#;\r\n]|\Z)|from[ \t]+[\w.]+[ \t]+import\b)",
                    _M,
                ),
                re.compile(rb"^[ \t]*(?:async\s+)?def\s+\w+\(.*", _M),
                re.compile(rb"^class\s+\w+.*:\s*$", _M),
                re.compile(rb"^if\s+__name__\s*==", _M),
                re.compile(rb"\b(?:exec|__import__|print)\("),
            ),
            1,
        ),
        "batch": (
            (
                re.compile(rb"^[ \t]*@echo\s+off", _IM),
                re.compile(rb"^[ \t]*(?:rem\s|::)", _IM),
                re.compile(rb"^[ \t]*@?set\s+\"?\w+=", _IM),
                re.compile(rb"^[ \t]*@?(?:goto|call)\s+:?\w+", _IM),
                re.compile(rb"%~?[\w*]{1,30}%?"),
                re.compile(rb"^[ \t]*@?if\s+(?:not\s+)?(?:exist|defined|errorlevel|\")", _IM),
            ),
            3,
        ),
        "powershell": (
            (
                re.compile(rb"\b(?:Get|Set|New|Start|Invoke|Write|Out|Add|Remove|Import|Test|Register)-[A-Z]\w+"),
                re.compile(rb"^[ \t]*(?:param\s*\(|\[CmdletBinding\()", _IM),
                re.compile(rb"^[ \t]*\$[\w:]+\s*=", _M),
                re.compile(rb"\[(?:System\.)?(?:Convert|IO\.|Net\.|Environment|Reflection\.|string\]|void\])"),
                re.compile(rb"\s-(?:eq|ne|match|notmatch|like|ErrorAction|Path|Force)\b"),
            ),
            2,
        ),
        "javascript": (
            (
                re.compile(rb"\brequire\(\s*['\"]"),
                re.compile(rb"\bmodule\.exports\b|\bexports\.\w+\s*="),
                re.compile(rb"\bfunction\s*[\w$]*\s*\("),
                re.compile(rb"=>\s*[{(\w]"),
                re.compile(rb"\b(?:const|let|var)\s+[\w$\[{]"),
                re.compile(rb"^[ \t]*(?:import|export)\s.*['\"]|^\s*export\s+(?:default|const|function|class)", _M),
                re.compile(rb"\b(?:eval|document\.\w+|window\.\w+)\s*\("),
            ),
            1,
        ),
    }
)
NOT_JAVASCRIPT = re.compile(
    rb"^[ \t]*(?:import\s+[\w.]+\s+\d|pragma\s+Singleton|<\?php|<!DOCTYPE|<html|#include|\#{1,6}[ ]\S|package\s+\w+;?$)",
    _IM,
)
"""QML, PHP, HTML, C, Markdown and Java share words with JavaScript."""
# fmt: off
WORTH: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "python": (
            "subprocess", "socket", "urllib", "requests", "httpx", "aiohttp", "ftplib", "b64decode", "fromhex", "marshal",
            "http.client", "os.system", "os.popen", "os.startfile", "exec(", "eval(", "__import__", "setup(", "sleep(",
            "getpass", "platform.node", "codecs.decode", "zlib.decompress",
        ),
        "javascript": (
            "child_process", "eval(", "Function(", "atob", "unescape", "fetch(", "fromCharCode", "XMLHttpRequest",
            "WebSocket", "Buffer.from", "'http", '"http', '"net"', "'net'", '"tls"', "'tls'", "dgram", '"dns"', "'dns'",
            '"vm"', "'vm'", "axios", "undici", "os.hostname", "userInfo", "networkInterfaces", "readFile", "writeFile",
            "createReadStream", "createWriteStream", "setTimeout(", "setInterval(", "_0x", ".fetch", "fetch =", "ethereum",
        ),
        "powershell": (
            "Invoke-", "Start-Process", "FromBase64String", "Net.WebClient", "Start-Sleep", "ScheduledTask", "Get-Content",
            "Win32_", "Start-BitsTransfer", "VirtualAlloc", "New-Service", "ReadAll", "-Enc",
        ),
        "batch": ("@echo ",),
        "task": ("schemas.microsoft.com/windows/2004/02/mit/task",),
    }
)
# fmt: on
"""Words without one of which a text has no ability that `script_words` knows. Most texts have none: one pass of yara-x
over them costs a hundredth of asking what language they are in."""
TASK = re.compile(rb"<Task\b[^>]*schemas\.microsoft\.com/windows/2004/02/mit/task")


def candidates(data: memoryview) -> tuple[str, ...]:
    """Return the languages a text may be in, the likeliest first; empty for what no interpreter here runs.

    A text that has none of the words of `WORTH` is not asked, whatever it is in, unless its first line names one.
    """
    head = _head(data)
    shebang = SHEBANG.match(head)
    if shebang:
        return (INTERPRETERS.get(shebang[1], "shell"),)
    first = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if first == b"{" and b'"name"' in head and _is_manifest(head):
        return ("package",)
    worth = worth_asking(data)
    if TASK.search(head) and "task" in worth:
        return ("task",)
    if first in (b"{", b"[", b"<"):
        worth &= {"javascript"} if first != b"<" and _signs("javascript", head) > 1 else set()
    return tuple(
        name for name in SIGNS if name in worth and _signs(name, head) >= SIGNS[name][1] and _possible(name, head)
    )


def worth_asking(data: memoryview) -> set[str]:
    """Return the languages of which some word stands in a text."""
    return {rule.identifier for rule in _scanner().scan(bytes(data)).matching_rules}


def preload() -> None:
    """Compile the words; call it before a worker is sealed."""
    _scanner()


@cache
def _scanner() -> yara_x.Scanner:
    import yara_x  # noqa: PLC0415  (who asks a warm cache does without it; see preload)

    rules = "\n".join(_rule(name, words) for name, words in WORTH.items())
    scanner = yara_x.Scanner(yara_x.compile(rules))
    scanner.max_matches_per_pattern(1)
    return scanner


def _rule(name: str, words: tuple[str, ...]) -> str:
    strings = " ".join(f"$s{number} = {json.dumps(word)} ascii wide nocase" for number, word in enumerate(words))
    return f"rule {name} {{ strings: {strings} condition: any of them }}"


def _head(data: memoryview) -> bytes:
    """Return the beginning, of UTF-16 every other byte."""
    head = bytes(data[:HEAD])
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head[2::2] if head[:2] == b"\xff\xfe" else head[3::2]
    return head


def _signs(name: str, head: bytes) -> int:
    return sum(1 for pattern in SIGNS[name][0] if pattern.search(head))


def _possible(name: str, head: bytes) -> bool:
    return name != "javascript" or not NOT_JAVASCRIPT.search(head)


def _is_manifest(head: bytes) -> bool:
    return any(key in head for key in (b'"version"', b'"scripts"', b'"main"', b'"bin"'))
