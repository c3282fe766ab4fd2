"""What a made-up Portable Executable shall hold: numbers and names, never bytes."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from urllib.parse import urlsplit

from msgspec import Struct, field

from unrig.drill.build.payload import NOTHING, Kind, PayloadSpec

LONGEST_TEXT = 512
"""Characters of one embedded string: a name, an address, a path; nothing that could carry a payload."""


class Machine(StrEnum):
    """The machine a PE says it is for."""

    X64 = "x64"
    X86 = "x86"


class SectionSpec(Struct, frozen=True, kw_only=True):
    """One more section, filled with an inert payload of a size and kind; nothing jumps into it."""

    name: str
    size: int
    kind: Kind = Kind.STRUCTURED
    characteristics: int = 0x40000040
    """Initialised data, readable (PE specification, section flags)."""


class ExportSpec(Struct, frozen=True, kw_only=True):
    """One exported name; with `forwarder` (`library.symbol`) it points elsewhere."""

    name: str
    forwarder: str = ""


class ResourceSpec(Struct, frozen=True, kw_only=True):
    """One resource of inert bytes; type and name are numbers or texts."""

    type: int | str = 10
    """RT_RCDATA."""
    name: int | str = 1
    language: int = 0x409
    size: int = 64
    kind: Kind = Kind.STRUCTURED


class RichTool(Struct, frozen=True, kw_only=True):
    """One entry of the Rich header."""

    product: int
    build: int
    count: int


class Mention(Struct, frozen=True, kw_only=True):
    """A function that returns at once, and behind that names imports it never calls."""

    function: int
    """Its number; the added ones follow the others."""
    imports: tuple[str, ...]
    """`library!function` of the spec's imports."""
    argument: int = 0
    """A constant in the first argument's register before each; 0 for none. Like the calls it stands behind the return."""


class CodeSpec(Struct, frozen=True, kw_only=True):
    """Small functions that move, reckon, call deeper ones and return; see `build.functions`. For x64."""

    functions: int = 300
    """The first one is where the program starts."""
    largest: int = 24
    """Steps of the longest one."""
    changed: tuple[int, ...] = ()
    """Functions with one to five further instructions."""
    change: int = 1
    """Draws what these are."""
    added: int = 0
    """Functions that no other build has."""
    caller: int = -1
    """The function that calls the added ones; -1 is none."""
    mentions: tuple[Mention, ...] = ()
    layout: int = 0
    """Draws order and gaps: another build of the same functions at other addresses."""
    compiler: int = 0
    """Another one takes other registers in every function."""


class PeSpec(Struct, frozen=True, kw_only=True):
    """One PE. Every default is what a small, benign library has."""

    machine: Machine = Machine.X64
    is_dll: bool = True
    timestamp: int = 0x64000000
    """Unix seconds; with `repro` a hash by convention."""
    functions: int = 24
    """How many functions the code has; each only returns."""
    code_variant: int = 0
    """Draws the lengths of the functions from `changed_function` on: a rebuild of changed source."""
    changed_function: int = 0
    """The first function that `code_variant` touches."""
    code: CodeSpec | None = None
    """Functions of many shapes instead, for those who compare them."""
    sections: tuple[SectionSpec, ...] = ()
    imports: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Library to functions; `#12` imports by ordinal."""
    delay_imports: dict[str, tuple[str, ...]] = field(default_factory=dict)
    exports: tuple[ExportSpec, ...] = ()
    export_name: str = "drill.dll"
    version: dict[str, str] = field(default_factory=dict)
    """StringFileInfo: CompanyName, FileVersion, ...; empty makes no version resource."""
    file_numbers: str = ""
    """The file version as numbers, where it is not that of the text."""
    resources: tuple[ResourceSpec, ...] = ()
    pdb_path: str = ""
    repro: bool = False
    rich: tuple[RichTool, ...] = ()
    linker: tuple[int, int] = (14, 36)
    """MajorLinkerVersion and MinorLinkerVersion."""
    strings: tuple[str, ...] = ()
    """ASCII texts in .rdata; addresses only under `.invalid`."""
    wide_strings: tuple[str, ...] = ()
    """The same in UTF-16LE."""
    overlay: PayloadSpec = NOTHING
    coff_symbols: int = 0
    """Entries of a COFF symbol table after the sections; MinGW leaves such."""
    checksum: bool = True


def check_texts(spec: PeSpec) -> None:
    """Let only short texts through, and only addresses that cannot exist.

    Raises:
        ValueError: some text or name does not pass `check_text`.
    """
    for text in (*spec.strings, *spec.wide_strings, spec.pdb_path, *_names(spec)):
        check_text(text)


def _names(spec: PeSpec) -> Iterator[str]:
    """Yield the names of versions, imports, exports and resources."""
    yield from (*spec.version, *spec.version.values(), spec.export_name)
    for libraries in (spec.imports, spec.delay_imports):
        for library, functions in libraries.items():
            yield from (library, *functions)
    for entry in spec.exports:
        yield from (entry.name, entry.forwarder)
    for mention in spec.code.mentions if spec.code else ():
        yield from mention.imports
    for item in spec.resources:
        yield from (str(item.type), str(item.name))


def check_text(text: str) -> None:
    """Refuse a text long enough to carry something, or with an address of a domain that could exist (RFC 2606).

    Raises:
        ValueError: it is longer than `LONGEST_TEXT`, or the host of some `scheme://host` does not end in `.invalid`.
    """
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"a text has at most {LONGEST_TEXT} characters, not {len(text)}")
    for word in text.split():
        host = urlsplit(word).hostname if "://" in word else None
        if host is not None and not host.endswith(".invalid"):
            raise ValueError(f"drills name no domain that could exist, such as {host}")
