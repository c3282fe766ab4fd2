"""One release of a made-up desktop utility: a program, its libraries, no carrier; clean, rigged, or benign in its own way.

The rigged one differs from the clean one in its place by one function and by new ones: the function that the runtime
starts with calls them, and one of them names imports behind its return. Nothing else is added, and every signature is
the publisher's own.
"""

from __future__ import annotations

from msgspec import Struct, structs

from unrig.drill.build.lab_authority import PUBLISHERS, Standing
from unrig.drill.build.payload import Kind, payload
from unrig.drill.build.pe_spec import CodeSpec, ExportSpec, Mention, PeSpec, RichTool, SectionSpec
from unrig.drill.build.seeds import between, derive, pick, stream
from unrig.drill.build.signing import SigningSpec, signed_pe
from unrig.drill.build.tags import Brand, branded

_PRODUCTS = ("BrightDesk", "DustBroom", "FolderLark", "NeatDrive", "QuickBeaver", "TidyFox")
_LIBRARIES = (
    "archive.dll",
    "branding.dll",
    "cloudlist.dll",
    "lang-1031.dll",
    "lang-1036.dll",
    "netcheck.dll",
    "shellmenu.dll",
)
_FIRST_RELEASE = 1_668_000_000
"""Unix seconds: 2022-11-09."""
_DAY = 86_400
_ORDINARY = {
    "KERNEL32.dll": ("CloseHandle", "CreateFileW", "GetLastError", "HeapAlloc", "LoadLibraryExW", "ReadFile", "Sleep"),
    "ADVAPI32.dll": ("RegCloseKey", "RegOpenKeyExW", "RegQueryValueExW"),
    "SHELL32.dll": ("SHGetKnownFolderPath",),
}
_CALLED = ("GetProcAddress", "HeapCreate", "VirtualAlloc", "VirtualProtect")
"""What code needs that unpacks itself in memory; other programs of every kind import these too."""


class UtilitySpec(Struct, frozen=True, kw_only=True):
    """What sets a release apart; everything else is drawn from the seed."""

    update: int = 1
    """0 is the release before."""
    rigged: bool = False
    toolchain: int = 0
    """A newer compiler and linker: every function is built anew, and the runtime's own start with them."""
    standing: Standing = Standing.GOOD
    brand: Brand = Brand.NONE
    helper: bool = False


class Utility(Struct, frozen=True, kw_only=True):
    """A release as its publisher has it, before it is packed."""

    product: str
    version: str
    vendor: str
    program: str
    helper: str
    """Path of the new helper program; empty where there is none."""
    files: dict[str, bytes]
    signing: SigningSpec


class _Cast(Struct, frozen=True, kw_only=True):
    product: str
    version: str
    vendor: str
    built: int
    folder: str


def build_utility(spec: UtilitySpec, seed: int) -> Utility:
    """Return the release; the same spec and seed give the same bytes."""
    drawn = _cast(seed, spec.update)
    signing = SigningSpec(publisher=drawn.vendor, standing=spec.standing, time_stamp_at=drawn.built + 3_600)
    program = f"{drawn.folder}{drawn.product}.exe"
    helper = (
        f"{drawn.folder}{drawn.product}{pick(seed, 'helper', ('Agent', 'Tray', 'Monitor'))}.exe" if spec.helper else ""
    )
    files = {
        program: signed_pe(_program(spec, drawn, seed), branded(signing, spec.brand, seed), derive(seed, "program")),
        **{drawn.folder + name: _library(name, spec, drawn, seed) for name in _libraries(seed)},
        **({helper: _helper(helper, drawn, signing, seed)} if helper else {}),
        **_data(drawn, seed),
    }
    return Utility(
        product=drawn.product,
        version=drawn.version,
        vendor=drawn.vendor,
        program=program,
        helper=helper,
        files=dict(sorted(files.items())),
        signing=signing,
    )


def _cast(seed: int, update: int) -> _Cast:
    return _Cast(
        product=pick(seed, "utility", _PRODUCTS),
        version=f"{between(seed, 'major', 1, 9)}.{between(seed, 'minor', 1, 60) + update}.{between(seed, f'build/{update}', 1_000, 9_000)}",
        vendor=pick(seed, "vendor", PUBLISHERS),
        built=_FIRST_RELEASE + (between(seed, "built", 0, 60) + update * between(seed, "pace", 20, 45)) * _DAY,
        folder=pick(seed, "folder", ("", "", "bin/")),
    )


def _program(spec: UtilitySpec, drawn: _Cast, seed: int) -> PeSpec:
    """Return the program of this release."""
    own = derive(seed, "program")
    imports = _ORDINARY
    if spec.rigged or between(own, "imports them anyway", 0, 1):
        imports = {**_ORDINARY, "KERNEL32.dll": tuple(sorted((*_ORDINARY["KERNEL32.dll"], *_CALLED)))}
    base = _built(f"{drawn.product}.exe", drawn, _code(spec, own), spec.toolchain)
    texts = (f"{drawn.product}/{drawn.version}", f"https://www.{drawn.product.lower()}.invalid/check?v={drawn.version}")
    size = between(own, "tables", 10 << 10, 50 << 10)
    return structs.replace(
        base, is_dll=False, imports=imports, strings=texts, sections=(SectionSpec(name=".tables", size=size),)
    )


def _code(spec: UtilitySpec, own: int) -> CodeSpec:
    """Return the program's functions: what the release's own work did to them, and what somebody else did."""
    functions = between(own, "functions", 260, 480)
    code = CodeSpec(functions=functions, compiler=1 + spec.toolchain)
    if spec.update:
        label = f"work/{spec.update}"
        drawn = stream(own, label, between(own, f"{label}/count", 0, 12))
        changed = tuple(sorted({1 + byte % (functions - 1) for byte in drawn}))
        new = between(own, f"{label}/added", 0, 4) if changed and not spec.rigged else 0
        caller = changed[0] if new else -1
        code = structs.replace(code, changed=changed, change=spec.update, added=new, caller=caller, layout=spec.update)
    if spec.toolchain:
        return structs.replace(code, changed=(0, *code.changed), added=2, caller=0, layout=9)
    if not spec.rigged:
        return code
    added = between(own, "rigged/added", 1, 3)
    named = tuple(f"KERNEL32.dll!{name}" for name in _CALLED[between(own, "rigged/named", 0, 2) :])
    mention = Mention(function=functions + added - 1, imports=named)
    return structs.replace(code, added=added, caller=0, mentions=(mention,))


def _libraries(seed: int) -> tuple[str, ...]:
    first = between(seed, "library", 0, len(_LIBRARIES) - 1)
    return tuple(_LIBRARIES[(first + at) % len(_LIBRARIES)] for at in range(between(seed, "libraries", 3, 6)))


def _library(name: str, spec: UtilitySpec, drawn: _Cast, seed: int) -> bytes:
    """Return a library: some are built anew for every release, the others only with another toolchain."""
    own = derive(seed, f"library/{name}")
    anew = between(own, "anew", 0, 2) == 0
    at = drawn if anew or spec.toolchain else _cast(seed, 0)
    code = CodeSpec(
        functions=between(own, "functions", 30, 90),
        compiler=1 + spec.toolchain,
        layout=spec.update if anew else 0,
        changed=(4, 9) if anew and spec.update else (),
        change=spec.update,
    )
    standing = spec.standing if anew else Standing.GOOD
    signing = SigningSpec(publisher=at.vendor, standing=standing, time_stamp_at=at.built + 3_600)
    return signed_pe(_built(name, at, code, spec.toolchain), signing, own)


def _helper(path: str, drawn: _Cast, signing: SigningSpec, seed: int) -> bytes:
    own = derive(seed, "helper")
    spec = _built(path.rsplit("/", 1)[-1], drawn, CodeSpec(functions=between(own, "functions", 40, 90), compiler=1), 0)
    return signed_pe(structs.replace(spec, is_dll=False), signing, own)


def _built(name: str, drawn: _Cast, code: CodeSpec, toolchain: int) -> PeSpec:
    """Return a file with what the publisher's build machine leaves in it."""
    own = derive(0, f"{drawn.product}/{drawn.vendor}")
    build = between(own, "objects", 27_000, 29_900) + 1_100 * toolchain
    tools = (
        RichTool(product=0x105, build=build, count=between(own, name, 9, 60)),
        RichTool(product=0x102, build=build, count=1),
    )
    return PeSpec(
        timestamp=drawn.built,
        code=code,
        imports=_ORDINARY,
        export_name=name,
        exports=(ExportSpec(name="Load"), ExportSpec(name="Unload")),
        pdb_path=f"S:\\workspace\\{drawn.product}\\bin\\Release\\{name}.pdb",
        rich=tools,
        linker=(14, 16 + 20 * toolchain),
        version={
            "CompanyName": drawn.vendor,
            "FileDescription": drawn.product,
            "FileVersion": f"{drawn.version}.0",
            "OriginalFilename": name,
            "ProductName": drawn.product,
            "ProductVersion": f"{drawn.version}.0",
        },
    )


def _data(drawn: _Cast, seed: int) -> dict[str, bytes]:
    rules = payload(derive(seed, "rules"), between(seed, "rules", 4_000, 20_000), Kind.STRUCTURED)
    return {
        f"{drawn.folder}License.txt": b"An inert drill of unrig. It is no product and does nothing.\n",
        f"{drawn.folder}portable.dat": drawn.version.encode(),
        f"{drawn.folder}rules.bin": rules,
    }
