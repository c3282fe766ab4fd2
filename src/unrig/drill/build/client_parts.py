"""The programs and libraries of a made-up calling client: each as its maker builds it, release by release."""

from __future__ import annotations

from msgspec import Struct, structs

from unrig.drill.build.client_cast import Cast, Environment
from unrig.drill.build.hiding import Hiding, hidden_in
from unrig.drill.build.lab_authority import Standing
from unrig.drill.build.payload import NOTHING, PayloadSpec
from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import CodeSpec, ExportSpec, Mention, PeSpec, SectionSpec
from unrig.drill.build.seeds import between, derive, stream
from unrig.drill.build.signing import SigningSpec, signed_pe

_COMMON = {
    "KERNEL32.dll": ("CloseHandle", "GetLastError", "GetProcAddress", "HeapAlloc", "LoadLibraryExW", "Sleep"),
    "ole32.dll": ("CoInitializeEx", "CoUninitialize"),
}
_PROGRAM = {
    **_COMMON,
    "KERNEL32.dll": (
        *_COMMON["KERNEL32.dll"],
        "CreateFileW",
        "ReadFile",
        "VirtualAlloc",
        "VirtualProtect",
        "WriteFile",
    ),
    "WINHTTP.dll": ("WinHttpOpen", "WinHttpReceiveResponse", "WinHttpSendRequest"),
}
_MEMORY = ("KERNEL32.dll!VirtualProtect", "KERNEL32.dll!VirtualAlloc")
_READING = ("KERNEL32.dll!CreateFileW", "KERNEL32.dll!GetModuleFileNameW", "KERNEL32.dll!ReadFile")
_CODEC_EXPORTS = (
    "av_frame_alloc",
    "av_frame_free",
    "av_packet_unref",
    "codec_find_decoder",
    "codec_open2",
    "codec_send",
)
_SYSTEM_SIGNED = 1_640_995_200
"""Unix seconds: 2022-01-01."""
_SIGNED_ONCE = 1_672_531_200
"""2023-01-01, before the first release."""


class Tampering(Struct, frozen=True, kw_only=True):
    """What was done to a release; the default is nothing."""

    hiding: Hiding = Hiding.NONE
    payload: PayloadSpec = NOTHING
    reads: bool = False
    """The codec library was built elsewhere, and reads a file and makes memory executable."""


def program(drawn: Cast, signing: SigningSpec, seed: int) -> bytes:
    """Return the vendor's program: every release changes and adds some functions."""
    own = derive(seed, "program")
    agent = f"{drawn.product}/{drawn.version} Chrome/{drawn.engine} Electron/{drawn.framework} Safari/537.36"
    strings = (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) {agent}",)
    base = _built(drawn.program, drawn.office, drawn.built, _worked_on(drawn, own, between(own, "functions", 180, 320)))
    spec = structs.replace(
        base,
        is_dll=False,
        imports=_PROGRAM,
        strings=(*strings, f"Chrome/{drawn.engine}", f"Electron/{drawn.framework}"),
        delay_imports={name_of(drawn.codec): ("codec_open2", "codec_send")},
        version=_version(drawn, drawn.program, drawn.product),
    )
    return signed_pe(spec, signing, own)


def small_program(path: str, drawn: Cast, signing: SigningSpec, seed: int) -> bytes:
    """Return a small program of the vendor's own, built again for every release."""
    own = derive(seed, f"small/{path}")
    spec = _built(path, drawn.office, drawn.built, _worked_on(drawn, own, between(own, "functions", 40, 90)))
    version = _version(drawn, path, drawn.product)
    return signed_pe(structs.replace(spec, is_dll=False, imports=_PROGRAM, version=version), signing, own)


def own_library(path: str, drawn: Cast, signing: SigningSpec, seed: int) -> bytes:
    """Return a library of the vendor's own; the first of them is worked on, the others stay."""
    own = derive(seed, f"own/{path}")
    first = path == drawn.own[0]
    functions = between(own, "functions", 50, 120)
    code = _worked_on(drawn, own, functions) if first else CodeSpec(functions=functions, compiler=1)
    spec = _built(path, drawn.office, drawn.built if first else _aged(own), code)
    if first:
        return signed_pe(structs.replace(spec, version=_version(drawn, path, drawn.product)), signing, own)
    old = structs.replace(drawn, version="1.4.0")
    return signed_pe(structs.replace(spec, version=_version(old, path, drawn.product)), _once(drawn), own)


def framework_library(path: str, drawn: Cast, signing: SigningSpec, risen: int, seed: int) -> bytes:
    """Return one of the framework's other libraries: the same in every release until the framework rises."""
    own = derive(seed, f"framework/{path}")
    code = _framework_code(between(own, "functions", 60, 180), own, risen)
    spec = _built(path, drawn.home, _hashed(own, f"framework/{risen}"), code)
    version = {"FileDescription": "Framework library", "FileVersion": drawn.engine, "OriginalFilename": name_of(path)}
    return _maybe_signed(structs.replace(spec, version=version), drawn, signing, own)


def codec(drawn: Cast, signing: SigningSpec, risen: int, tampering: Tampering, seed: int) -> bytes:
    """Return the codec library: the framework's, or one built elsewhere that reads and makes memory executable."""
    own = derive(seed, "codec")
    functions = between(own, "functions", 160, 260)
    exports = tuple(ExportSpec(name=name) for name in _CODEC_EXPORTS)
    spec = _built(drawn.codec, drawn.home, _hashed(own, f"codec/{risen}"), _framework_code(functions, own, risen))
    spec = structs.replace(spec, exports=exports, strings=("codec: invalid data", f"codec build {8 + risen}.1"))
    if tampering.reads:
        spec = _elsewhere(spec, drawn, own)
    return _maybe_signed(spec, drawn, signing, own)


def _elsewhere(spec: PeSpec, drawn: Cast, own: int) -> PeSpec:
    """Return the library as somebody built it elsewhere, with what reading the carrier takes; its code only returns."""
    made = _built(
        drawn.codec, drawn.elsewhere, drawn.built - between(own, "before", 1, 9) * 86_400, _reading_code(spec, own)
    )
    named = tuple(name.split("!")[1] for name in (*_READING, *_MEMORY[: between(own, "memory", 1, 2)]))
    imports = {**spec.imports, "KERNEL32.dll": tuple(sorted({*spec.imports["KERNEL32.dll"], *named}))}
    texts = (name_of(drawn.carrier),)
    way = naming(own)
    return structs.replace(
        made,
        exports=spec.exports,
        imports=imports,
        strings=spec.strings + texts * (way == "ascii"),
        wide_strings=texts * (way == "utf-16"),
    )


def _reading_code(spec: PeSpec, own: int) -> CodeSpec:
    """Return the same functions by another compiler, and new ones called from the library's start."""
    functions = spec.code.functions if spec.code else 1
    added = between(own, "added", 2, 4)
    named = (*_READING, *_MEMORY[: between(own, "memory", 1, 2)])
    mention = Mention(function=functions + between(own, "reader", 0, added - 1), imports=named)
    return CodeSpec(functions=functions, compiler=2, layout=1, added=added, caller=0, mentions=(mention,))


def naming(own: int) -> str:
    """Return how the codec library, by its own seed, names the carrier: ascii, utf-16 or not at all."""
    return ("ascii", "ascii", "utf-16", "utf-16", "")[between(own, "naming", 0, 4)]


def carrier(drawn: Cast, tampering: Tampering, seed: int) -> bytes:
    """Return the operating system's library, which no release touches but to hide something in its signature."""
    own = derive(seed, "carrier")
    signing = SigningSpec(publisher=drawn.system_vendor, time_stamp_at=_SYSTEM_SIGNED)
    spec = PeSpec(
        timestamp=_SYSTEM_SIGNED - 40 * 86_400,
        code=CodeSpec(functions=between(own, "functions", 150, 300), compiler=1),
        imports=_COMMON,
        exports=(
            ExportSpec(name="CompileShader"),
            ExportSpec(name="DisassembleShader"),
            ExportSpec(name="ReflectShader"),
        ),
        export_name=name_of(drawn.carrier),
        version={
            "CompanyName": drawn.system_vendor,
            "FileDescription": "Shader compiler",
            "FileVersion": f"10.0.{between(own, 'build', 14_000, 22_000)}.{between(own, 'patch', 1, 900)}",
            "OriginalFilename": name_of(drawn.carrier),
            "ProductName": "Drill Operating System",
        },
        sections=(SectionSpec(name=".tables", size=between(own, "tables", 8 << 10, 60 << 10)),),
    )
    return signed_pe(spec, hidden_in(signing, tampering.hiding, tampering.payload), own)


def vendor_signing(drawn: Cast, standing: Standing) -> SigningSpec:
    """Return how the vendor signs this release."""
    return SigningSpec(publisher=drawn.vendor, standing=standing, time_stamp_at=drawn.built + 7_200)


def name_of(path: str) -> str:
    """Return the last part of a path."""
    return path.rsplit("/", 1)[-1]


def _maybe_signed(spec: PeSpec, drawn: Cast, signing: SigningSpec, own: int) -> bytes:
    """Return the library as it came, or signed by the vendor; `once` is anew where it was built anew."""
    if drawn.signs_framework == "never":
        return build_pe(spec, own)
    fresh = drawn.signs_framework == "always" or spec.linker != drawn.home.linker
    return signed_pe(spec, signing if fresh else _once(drawn), own)


def _once(drawn: Cast) -> SigningSpec:
    """Return the signature of what was signed before any release told of here."""
    return SigningSpec(publisher=drawn.vendor, time_stamp_at=_SIGNED_ONCE)


def _worked_on(drawn: Cast, own: int, functions: int) -> CodeSpec:
    """Return the code of the vendor's own file in this release: some functions changed, some new, all moved."""
    if not drawn.update:
        return CodeSpec(functions=functions, compiler=1)
    at = stream(own, f"work/{drawn.update}", between(own, f"work/{drawn.update}/count", 2, 12))
    changed = tuple(sorted({1 + byte % (functions - 1) for byte in at}))
    added = between(own, f"work/{drawn.update}/added", 0, 3)
    caller = changed[0] if added else -1
    return CodeSpec(
        functions=functions,
        compiler=1,
        changed=changed,
        change=drawn.update,
        added=added,
        caller=caller,
        layout=drawn.update,
    )


def _framework_code(functions: int, own: int, risen: int) -> CodeSpec:
    """Return the code of a framework's library; a newer framework changes some functions and adds others."""
    if not risen:
        return CodeSpec(functions=functions)
    changed = tuple(range(3, functions, between(own, "risen", 2, 6)))
    return CodeSpec(functions=functions, changed=changed, change=risen, added=2, caller=5, layout=risen)


def _built(path: str, where: Environment, at: int, code: CodeSpec) -> PeSpec:
    """Return a library with what its build machine leaves in it."""
    name = name_of(path)
    return PeSpec(
        timestamp=at,
        code=code,
        imports=_COMMON,
        export_name=name,
        exports=(ExportSpec(name="Initialize"), ExportSpec(name="Shutdown")),
        pdb_path=f"{where.pdb_folder}\\{name}.pdb",
        repro=where.repro,
        rich=where.rich,
        linker=where.linker,
    )


def _version(drawn: Cast, path: str, description: str) -> dict[str, str]:
    return {
        "CompanyName": drawn.vendor,
        "FileDescription": description,
        "FileVersion": f"{drawn.version}.0",
        "OriginalFilename": name_of(path),
        "ProductName": drawn.product,
        "ProductVersion": f"{drawn.version}.0",
    }


def _hashed(own: int, label: str) -> int:
    """Return a time stamp that is a hash, as reproducible builds have it."""
    return int.from_bytes(stream(own, f"hash/{label}", 4), "little")


def _aged(own: int) -> int:
    return _SIGNED_ONCE - between(own, "age", 30, 2 * 365) * 86_400
