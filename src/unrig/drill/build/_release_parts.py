"""The files of a made-up product: who plays, and how each file is written."""

from __future__ import annotations

from msgspec import Struct, structs

from unrig.drill.build.lab_authority import PUBLISHERS
from unrig.drill.build.payload import Kind, payload
from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import ExportSpec, PeSpec, RichTool, SectionSpec
from unrig.drill.build.seeds import between, derive, pick
from unrig.drill.build.signing import SigningSpec, signed_pe

_PRODUCTS = ("HarborCall", "LindenMeet", "QuillPhone", "SparrowDesk", "TallowChat", "WickerConference")
_MEDIA = ("avbridge.dll", "codecpack.dll", "mediacore.dll", "soundweave.dll", "streamlib.dll")
_RUNTIMES = ("gfxcompiler_47.dll", "lightpath_12.dll", "rastercore_9.dll", "shaderforge_31.dll")
_SIBLINGS = ("glbridge.dll", "netlayer.dll", "printhelper.dll", "spellcore.dll", "trayicon.dll", "zipstream.dll")
_FOLDERS = ("", "app/", "bin/", "current/")
_FIRST_RELEASE = 1_672_700_000
"""Unix seconds: 2023-01-03."""
_MONTH = 30 * 86_400
_HARMLESS = {
    "KERNEL32.dll": ("CloseHandle", "GetLastError", "GetProcAddress", "LoadLibraryExW", "Sleep"),
    "ole32.dll": ("CoInitializeEx", "CoUninitialize"),
}
_READING = ("CreateFileW", "GetFileSize", "GetModuleFileNameW", "ReadFile", "VirtualProtect")
_MEDIA_EXPORTS = ("codec_close", "codec_decode", "codec_open", "codec_version", "frame_alloc", "frame_free")


class Cast(Struct, frozen=True, kw_only=True):
    """What the seed draws for one release: names, paths and dates."""

    product: str
    version: str
    built: int
    """Unix seconds."""
    update: int
    vendor: str
    runtime_publisher: str
    program: str
    media: str
    runtime: str
    siblings: tuple[str, ...]
    media_is_signed: bool
    wide_names: bool
    """The reader's name for the carrier is UTF-16, else ASCII."""
    folder: str


def cast(seed: int, update: int) -> Cast:
    """Return the names of the release; only version and date depend on the update."""
    product = pick(seed, "product", _PRODUCTS)
    folder = pick(seed, "folder", _FOLDERS)
    vendor = pick(seed, "vendor", PUBLISHERS)
    others = [name for name in PUBLISHERS if name != vendor]
    first = between(seed, "sibling", 0, len(_SIBLINGS) - 1)
    count = between(seed, "siblings", 2, 4)
    return Cast(
        product=product,
        version=f"{between(seed, 'major', 1, 20)}.{between(seed, 'minor', 0, 9) + update}.{between(seed, 'build', 100, 899)}.0",
        built=_FIRST_RELEASE + between(seed, "built", 0, _MONTH) + update * _MONTH,
        update=update,
        vendor=vendor,
        runtime_publisher=pick(seed, "runtime publisher", others),
        program=f"{folder}{product}.exe",
        media=folder + pick(seed, "media", _MEDIA),
        runtime=folder + pick(seed, "runtime", _RUNTIMES),
        siblings=tuple(folder + _SIBLINGS[(first + turn) % len(_SIBLINGS)] for turn in range(count)),
        media_is_signed=between(seed, "media signed", 0, 1) == 1,
        wide_names=between(seed, "wide", 0, 1) == 1,
        folder=folder,
    )


def program(drawn: Cast, seed: int) -> bytes:
    """Return the vendor's program, rebuilt for every update."""
    own = derive(seed, "program")
    base = _library(drawn.program, own, drawn.product, drawn.vendor)
    spec = structs.replace(
        _rebuilt(base, drawn),
        is_dll=False,
        exports=(),
        strings=(_name(drawn.media), f"https://update.{drawn.product.lower()}.invalid/check"),
        delay_imports={_name(drawn.media): ("codec_open", "codec_close")},
    )
    return signed_pe(spec, _signing(drawn), own)


def media_library(drawn: Cast, seed: int, *, reads: bool) -> bytes:
    """Return the media library, in every update the same but for a new signature; `reads` makes it the reader."""
    own = derive(seed, "media")
    exports = tuple(ExportSpec(name=name) for name in _MEDIA_EXPORTS)
    base = _library(drawn.media, own, f"{drawn.product} Media", drawn.vendor)
    spec = structs.replace(base, exports=exports, strings=("codec: bad frame", "codec: out of memory"))
    if reads:
        spec = _reading(spec, drawn)
    return signed_pe(spec, _signing(drawn), own) if drawn.media_is_signed else build_pe(spec, own)


def _reading(spec: PeSpec, drawn: Cast) -> PeSpec:
    """Return the library with what it takes to read the carrier; its code still only returns."""
    kernel = tuple(sorted((*spec.imports["KERNEL32.dll"], *_READING)))
    name = (_name(drawn.runtime),)
    return structs.replace(
        spec,
        imports={**spec.imports, "KERNEL32.dll": kernel},
        strings=spec.strings if drawn.wide_names else spec.strings + name,
        wide_strings=spec.wide_strings + name if drawn.wide_names else spec.wide_strings,
        code_variant=1,
        changed_function=spec.functions - 2,
    )


def runtime_library(signing: SigningSpec, seed: int) -> bytes:
    """Return the other publisher's library; updates do not touch it."""
    own = derive(seed, "runtime")
    name = _name(cast(seed, 0).runtime)
    spec = _library(name, own, "Graphics Runtime", signing.publisher)
    spec = structs.replace(spec, exports=(ExportSpec(name="CompileShader"), ExportSpec(name="ReflectShader")))
    return signed_pe(spec, signing, own)


def sibling_libraries(drawn: Cast, seed: int) -> dict[str, bytes]:
    """Return benign neighbours: the first is the vendor's own and rebuilt, the others stay as they are."""
    files = {}
    for index, path in enumerate(drawn.siblings):
        own = derive(seed, f"sibling/{path}")
        spec = _library(path, own, drawn.product, drawn.vendor)
        if index:
            files[path] = build_pe(spec, own)
        else:
            files[path] = signed_pe(_rebuilt(spec, drawn), _signing(drawn), own)
    return files


def data_files(drawn: Cast, seed: int) -> dict[str, bytes]:
    """Return what is no program: a version, a licence, a configuration, packed resources."""
    update = f'{{"product": "{drawn.product}", "version": "{drawn.version}"}}\n'
    packed = payload(derive(seed, "pak"), between(seed, "pak", 2_000, 20_000), Kind.STRUCTURED)
    return {
        f"{drawn.folder}version": drawn.version.encode(),
        f"{drawn.folder}LICENSE.txt": b"An inert drill of unrig. It is no product and does nothing.\n",
        f"{drawn.folder}resources/app.json": update.encode(),
        f"{drawn.folder}locales/en-US.pak": packed,
    }


def _name(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _library(path: str, own: int, description: str, company: str) -> PeSpec:
    """Return a library of this name, its size, version and tools drawn from its own seed."""
    name = _name(path)
    version = f"{between(own, 'major', 1, 9)}.{between(own, 'minor', 0, 30)}.{between(own, 'build', 1, 9999)}.0"
    return PeSpec(
        timestamp=_FIRST_RELEASE - between(own, "age", 1, 12) * _MONTH,
        functions=between(own, "functions", 40, 200),
        imports=_HARMLESS,
        exports=(ExportSpec(name="Start"), ExportSpec(name="Stop")),
        export_name=name,
        version={
            "CompanyName": company,
            "FileDescription": description,
            "FileVersion": version,
            "OriginalFilename": name,
            "ProductName": description,
            "ProductVersion": version,
        },
        pdb_path=f"D:\\build\\{name.rsplit('.', 1)[0]}.pdb",
        rich=(RichTool(product=0x105, build=30_795, count=between(own, "objects", 5, 90)),),
        sections=(SectionSpec(name=".tables", size=between(own, "tables", 10 << 10, 110 << 10)),),
    )


def _rebuilt(spec: PeSpec, drawn: Cast) -> PeSpec:
    """Return the file as the release's own build made it: its version, its date, some changed functions."""
    version = {**spec.version, "FileVersion": drawn.version, "ProductVersion": drawn.version}
    changed = max(spec.functions - 10, 0)
    return structs.replace(
        spec, version=version, timestamp=drawn.built, code_variant=drawn.update, changed_function=changed
    )


def _signing(drawn: Cast) -> SigningSpec:
    return SigningSpec(publisher=drawn.vendor, time_stamp_at=drawn.built + 3_600)
