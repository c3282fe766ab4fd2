"""What endpoint sensors say of the product and of the programs around it: paths, hashes, signers, user agents."""

from __future__ import annotations

from msgspec import Struct

from unrig.drill.build.client import Client
from unrig.drill.build.events import drawn_hashes, hashes_of
from unrig.drill.build.lab_authority import PUBLISHERS
from unrig.drill.build.telemetry_flows import Program
from unrig.drill.build.telemetry_plan import Seat
from unrig.drill.build.world import SHELL, SYSTEM_LIBRARIES

BROWSERS = (
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
    "C:\\Program Files\\Mozilla Firefox\\firefox.exe",
)
STORES = (
    "AppData\\Local\\Google\\Chrome\\User Data\\Default\\History",
    "AppData\\Local\\Microsoft\\Edge\\User Data\\Default\\History",
    "AppData\\Roaming\\Mozilla\\Firefox\\Profiles\\k3v9x2p1.default-release\\places.sqlite",
    "AppData\\Local\\BraveSoftware\\Brave-Browser\\User Data\\Default\\History",
)
"""The first three are those of `BROWSERS`."""
BACKUP = "C:\\Program Files\\HarborBackup\\backupd.exe"
SYSTEM = "C:\\Windows\\System32\\"
_IMAGES = {
    Program.SYSTEM: f"{SYSTEM}svchost.exe",
    Program.CHAT: "C:\\Program Files\\ParleyChat\\ParleyChat.exe",
    Program.REPORTER: "C:\\Program Files\\InventoryAgent\\agent.exe",
    Program.TOOL: "C:\\Program Files\\SnipCove\\SnipCoveUpdater.exe",
    Program.GIT: "C:\\Program Files\\Git\\cmd\\git.exe",
    Program.SHELL: f"{SYSTEM}WindowsPowerShell\\v1.0\\{SHELL}",
}
_AGENTS = {
    Program.BROWSER: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/110.0.0.0 Safari/537.36",
    Program.SYSTEM: "WinUpdate/10.0",
    Program.CHAT: "ParleyChat/4.2.1",
    Program.REPORTER: "InventoryAgent/9.1",
    Program.TOOL: "SnipCoveUpdater/2.0",
    Program.GIT: "git/2.39.1",
    Program.SHELL: "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1",
}


class Module(Struct, frozen=True, kw_only=True):
    """What a sensor says of a library that a process loads."""

    path: str
    hashes: str
    signer: str
    rigged: bool = False


class Version(Struct, frozen=True, kw_only=True):
    """A release of the product as devices have it."""

    product: str
    program: str
    """Path below the product's folder, with backslashes."""
    hashes: str
    modules: tuple[Module, ...]
    agent: str
    stale_agent: str
    """The user agent that names the version before."""


def version_of(client: Client, rigged: frozenset[str]) -> Version:
    """Return what sensors say of a release; `rigged` are the paths whose load shows that the rigged one runs."""
    drawn = client.drawn
    own = tuple(
        Module(path=path.replace("/", "\\"), hashes=hashes_of(data), signer=_signer(data), rigged=path in rigged)
        for path, data in client.files.items()
        if path.endswith(".dll")
    )
    head = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    tail = f"Chrome/{drawn.engine} Electron/{drawn.framework} Safari/537.36"
    return Version(
        product=drawn.product,
        program=drawn.program.replace("/", "\\"),
        hashes=hashes_of(client.files[drawn.program]),
        modules=own,
        agent=f"{head} {drawn.product}/{drawn.version} {tail}",
        stale_agent=f"{head} {drawn.product}/{drawn.previous} {tail}",
    )


def _signer(data: bytes) -> str:
    # Only a certificate holds a publisher's name in single-byte letters; version resources are UTF-16.
    return next((name for name in PUBLISHERS if name.encode() in data), "")


def system_modules() -> tuple[Module, ...]:
    """Return Windows' own libraries that every program loads."""
    return tuple(
        Module(path=SYSTEM + name, hashes=drawn_hashes(name), signer="Windows") for name in SYSTEM_LIBRARIES[:3]
    )


def home(seat: Seat, version: Version) -> str:
    r"""Return the product's folder on a device, with a backslash at its end: per user, as such clients are installed."""
    return f"C:\\Users\\{seat.user}\\AppData\\Local\\Programs\\{version.product}\\"


def image(seat: Seat, program: Program, version: Version) -> str:
    """Return the path of a program on a device."""
    if program is Program.BROWSER:
        return BROWSERS[seat.browser]
    return home(seat, version) + version.program if program is Program.PRODUCT else _IMAGES[program]


def user_agent(program: Program, version: Version) -> str:
    """Return what a program calls itself to servers."""
    return version.agent if program is Program.PRODUCT else _AGENTS[program]
