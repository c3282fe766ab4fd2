"""Who plays in a made-up calling client in the manner of Electron: names, folders, versions, build environments.

Names of files come from lists of what such products ship, and no file has one name in every drill. The framework is
called by its own name in the program's user agent, as every product built on it has it; it is neither maker, signer
nor victim of anything here.
"""

from __future__ import annotations

from msgspec import Struct

from unrig.drill.build.lab_authority import PUBLISHERS
from unrig.drill.build.pe_spec import RichTool
from unrig.drill.build.seeds import between, pick, stream

_PRODUCTS = (
    "AlderVoice",
    "BrambleCall",
    "CopperDial",
    "FernTalk",
    "HeronPhone",
    "JuniperLine",
    "MossMeet",
    "PlumConnect",
)
_CODECS = ("ffmpeg.dll", "libcodec.dll", "mediaengine.dll", "avplay.dll", "webcodecs.dll", "opuskit.dll")
_SYSTEM = ("d3dcompiler_47.dll", "dxcompiler.dll", "msshader_12.dll", "hlslc_5.dll", "dxil.dll", "gfxcompile_2.dll")
_FRAMEWORK = ("libEGL.dll", "libGLESv2.dll", "vk_swiftshader.dll", "vulkan-1.dll", "webrender.dll", "angle_core.dll")
_OWN = ("callcore.dll", "contactsync.dll", "hidbridge.dll", "notifier.dll", "screenshare.dll")
_FOLDERS = ("", "app/", "bin/", "program/")
_CARRIER_FOLDERS = ("", "", "", "graphics/", "runtime/")
"""Below the folder of the program, which searches its own folder more often than not."""
_LOCALES = ("cs", "da", "de", "en-US", "es", "fi", "fr", "it", "ja", "nl", "pl", "pt-BR", "sv", "uk")
_FIRST_RELEASE = 1_672_700_000
"""Unix seconds: 2023-01-03."""
_DAY = 86_400


class Environment(Struct, frozen=True, kw_only=True):
    """What a build machine leaves in a file."""

    linker: tuple[int, int]
    rich: tuple[RichTool, ...]
    pdb_folder: str
    repro: bool
    """The time stamp is a hash."""
    compiler: int


class Cast(Struct, frozen=True, kw_only=True):
    """What the seed draws; only versions and dates depend on the update."""

    product: str
    version: str
    previous: str
    """The version of the release before."""
    built: int
    """Unix seconds."""
    update: int
    vendor: str
    system_vendor: str
    """Stands in for the publisher of the operating system."""
    framework: str
    """Version of the framework."""
    engine: str
    """Version of the browser in it."""
    folder: str
    program: str
    updater: str
    codec: str
    carrier: str
    libraries: tuple[str, ...]
    """The framework's other libraries."""
    own: tuple[str, ...]
    """The vendor's own libraries."""
    locales: tuple[str, ...]
    signs_framework: str
    """never, once or always: whether the vendor signs what the framework came with, once or for every release."""
    home: Environment
    """Where the framework's libraries are built."""
    office: Environment
    """Where the vendor's own files are built."""
    elsewhere: Environment
    """Where a library was built that should have come from home."""


def cast(seed: int, update: int, *, framework_update: int = 0) -> Cast:
    """Return the players of a release; `update` 0 is the one before, and the framework rises only if asked."""
    product = pick(seed, "product", _PRODUCTS)
    folder = pick(seed, "folder", _FOLDERS)
    vendor = pick(seed, "vendor", PUBLISHERS)
    chrome = between(seed, "engine", 98, 116) + 2 * framework_update
    return Cast(
        product=product,
        version=_version(seed, update),
        previous=_version(seed, max(0, update - 1)),
        built=_FIRST_RELEASE + (between(seed, "built", 0, 30) + update * between(seed, "pace", 14, 40)) * _DAY,
        update=update,
        vendor=vendor,
        system_vendor=pick(seed, "system vendor", [name for name in PUBLISHERS if name != vendor]),
        framework=f"{chrome // 2 - 32}.{between(seed, f'framework/{framework_update}', 0, 3)}.{chrome % 10}",
        engine=f"{chrome}.0.{chrome * 48 + 17}.{between(seed, f'engine/{framework_update}', 40, 220)}",
        folder=folder,
        program=f"{folder}{product}.exe",
        updater=folder + pick(seed, "updater", ("Update.exe", "updater.exe", f"{product}Update.exe")),
        codec=folder + pick(seed, "codec", _CODECS),
        carrier=folder + pick(seed, "carrier folder", _CARRIER_FOLDERS) + pick(seed, "carrier", _SYSTEM),
        libraries=tuple(folder + name for name in _some(seed, "libraries", _FRAMEWORK, 3)),
        own=tuple(folder + name for name in _some(seed, "own", _OWN, 2)),
        locales=tuple(f"{folder}locales/{name}.pak" for name in _some(seed, "locales", _LOCALES, 6)),
        signs_framework=pick(seed, "signs framework", ("never", "once", "always")),
        home=_environment(seed, "home"),
        office=_environment(seed, "office"),
        elsewhere=_environment(seed, "elsewhere"),
    )


def _version(seed: int, update: int) -> str:
    major, minor = between(seed, "major", 2, 24), between(seed, "minor", 0, 14) + update
    return f"{major}.{minor}.{between(seed, f'build/{update}', 100, 1_900)}"


def _some(seed: int, label: str, names: tuple[str, ...], least: int) -> tuple[str, ...]:
    """Return at least so many of the names, in their order."""
    count = between(seed, f"{label}/count", least, len(names))
    ranks = stream(seed, f"{label}/ranks", len(names))
    kept = sorted(range(len(names)), key=lambda index: (ranks[index], index))[:count]
    return tuple(names[index] for index in sorted(kept))


def _environment(seed: int, where: str) -> Environment:
    """Return a build machine: no two of the three are alike."""
    label = f"environment/{where}"
    minor = {"home": 0, "office": between(seed, label, 16, 29), "elsewhere": between(seed, label, 30, 38)}[where]
    tools = (
        RichTool(
            product=0x105, build=between(seed, f"{label}/objects", 27_000, 31_900), count=between(seed, label, 9, 70)
        ),
        RichTool(product=0x102, build=between(seed, f"{label}/linker", 27_000, 31_900), count=1),
    )
    folders = {
        "home": "C:\\b\\s\\w\\ir\\cache\\builder\\src\\out\\Release",
        "office": f"D:\\agent\\_work\\{between(seed, label, 1, 40)}\\s\\Release",
        "elsewhere": pick(seed, f"{label}/folder", ("C:\\work\\x64\\Release", "E:\\src\\build", "C:\\Users\\dev\\out")),
    }
    return Environment(
        linker=(14, minor),
        rich=() if where == "home" else tools,
        pdb_folder=folders[where],
        repro=where == "home",
        compiler={"home": 0, "office": 1, "elsewhere": 2}[where],
    )
