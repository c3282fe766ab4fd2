"""Facts about a Portable Executable (Microsoft PE/COFF specification), signature apart."""

from __future__ import annotations

from msgspec import Struct, field

from unrig.model.place import Span


class Section(Struct, frozen=True, kw_only=True):
    """One section header, with the Shannon entropy (bits a byte) of its raw data."""

    name: str
    virtual_address: int
    virtual_size: int
    raw_offset: int
    raw_size: int
    characteristics: int
    entropy: float


class Import(Struct, frozen=True, kw_only=True):
    """What is imported from one library; ordinals as `#12`."""

    library: str
    functions: tuple[str, ...]
    delayed: bool = False


class Export(Struct, frozen=True, kw_only=True):
    """One exported symbol; `forwarder` as `library.symbol` where it is one."""

    name: str
    ordinal: int
    forwarder: str = ""


class Resource(Struct, frozen=True, kw_only=True):
    """One leaf of the resource tree; type and name as text (`RT_VERSION`, `#1`, a name)."""

    type: str
    name: str
    language: int
    offset: int
    size: int


class DebugEntry(Struct, frozen=True, kw_only=True):
    """One debug directory entry; `pdb_path` for CodeView."""

    kind: str
    timestamp: int
    pdb_path: str = ""


class RichEntry(Struct, frozen=True, kw_only=True):
    """One tool of the Rich header: product id, build, how many objects it made."""

    product: int
    build: int
    count: int


class PeFacts(Struct, frozen=True, kw_only=True):
    """What the headers and directories of one PE say; times in Unix seconds, offsets in the file."""

    machine: str
    """x86, x64, arm, arm64 or the hex number."""
    is_dll: bool
    timestamp: int
    reproducible: bool
    """The debug directory has a REPRO entry: `timestamp` is a hash, not a time."""
    linker: str
    subsystem: int
    dll_characteristics: int
    entry_point: int
    image_base: int
    checksum: int
    sections: tuple[Section, ...]
    imports: tuple[Import, ...] = ()
    exports: tuple[Export, ...] = ()
    export_name: str = ""
    resources: tuple[Resource, ...] = ()
    version_info: dict[str, str] = field(default_factory=dict)
    """StringFileInfo of the first table: CompanyName, ProductName, FileVersion, OriginalFilename, ..."""
    debug: tuple[DebugEntry, ...] = ()
    fixed_file_version: str = ""
    """VS_FIXEDFILEINFO's file version as `1.2.3.4`, what Windows compares; empty where it is missing."""
    rich: tuple[RichEntry, ...] = ()
    rich_intact: bool = True
    """The Rich header's key is the checksum of DOS header and entries; False where either was edited after linking."""
    is_dotnet: bool = False
    overlay: Span | None = None
    """Bytes after the last section, without the certificate table and the COFF symbol and string tables.

    The longest stretch, where such a table divides them.
    """
    other_overlays: tuple[Span, ...] = ()
    """The other stretches, in the order of the file."""
    certificate_table: Span | None = None
    """As the security directory declares it, not yet judged (window and sha256 empty)."""
    damaged: tuple[str, ...] = ()
    """Directories that lie, each as `directory: what was expected, what was found`; the rest was read."""
