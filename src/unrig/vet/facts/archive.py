"""What an archive holds besides its members: bytes before, between and after, and where its descriptions disagree.

The bytes are those of the container itself; what its members hold are facts of the members.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from types import MappingProxyType

from unrig.formats import asar, asar_integrity, cab, cab_set, tar_structure, zip_structure
from unrig.formats.compressed_stream import DECODERS, deflate, end_of, stored
from unrig.formats.entropy import measure
from unrig.formats.sniff import sniff
from unrig.formats.zip_structure_names import MAX_LINK, link_leaves
from unrig.formats.zip_structure_parts import Stretch
from unrig.model.archive import ArchiveFacts, CabinetLinks
from unrig.model.errors import FormatError
from unrig.model.fact import Extractor
from unrig.model.paths import label
from unrig.model.signature import Bytes, Nature

MAX_GAPS = 1024
HIDING = frozenset({Nature.RANDOM, Nature.STRUCTURED})  # in a comment or free field: neither text nor padding
LINK_DECODERS = MappingProxyType({0: stored, 8: deflate})
GZIP_NAME = 1 << 3  # RFC 1952 2.3.1, FNAME
GZIP_EXTRA = 1 << 2


def extract(data: memoryview) -> ArchiveFacts:
    """Return the facts of an archive. Raises FormatError or LimitError where no structure can be read."""
    file_format = sniff(data)
    if file_format in DECODERS:
        return _compressed(data, file_format)
    return {"asar": _asar, "cab": _cab, "tar": _tar}.get(file_format, _zip)(data)


def _zip(data: memoryview) -> ArchiveFacts:
    """Return the facts of a zip; comments and free fields that hold more than text count as gaps."""
    structure = zip_structure.read(data)
    fields = [measured for field in structure.fields if (measured := _measure(data, field)).nature in HIDING]
    return ArchiveFacts(
        format="zip",
        members=len(structure.entries),
        prefix=_optional(data, structure.prefix),
        gaps=(*_all(data, structure.gaps), *fields)[:MAX_GAPS],
        trailing=_optional(data, structure.trailing),
        duplicates=_duplicates(entry.path for entry in structure.entries),
        mismatches=(*structure.notes, *_unlisted(structure), *_links(data, structure)),
        comment=label(structure.comment),
    )


def _unlisted(structure: zip_structure.ZipStructure) -> tuple[str, ...]:
    """Return a line where the members come from local headers alone, and one for each that overlaps."""
    lost = () if structure.has_directory else ("central directory: none, members read by their local headers",)
    shared = tuple(
        f"{structure.entries[index].path}: overlap: shares bytes with another structure"
        for index in sorted(structure.overlapping)[:MAX_GAPS]
    )
    return (*lost, *shared)


def _links(data: memoryview, structure: zip_structure.ZipStructure) -> Iterator[str]:
    """Yield a line for each symbolic link that points out of the folder it would be extracted to."""
    for entry in structure.entries:
        decoder = LINK_DECODERS.get(entry.method)
        if entry.kind != "symlink" or decoder is None or entry.data_offset < 0:
            continue
        packed = data[entry.data_offset : entry.data_offset + entry.compressed_size]
        try:
            target = next(decoder(packed), b"")
        except FormatError:
            continue  # the member itself is damaged, which reading it says
        if link_leaves(entry.name.rpartition(b"/")[0], target):
            yield f"{entry.path}: link hazard: points at {label(target[:MAX_LINK])}"


def _tar(data: memoryview) -> ArchiveFacts:
    """Return the facts of a tar; its zero padding is no gap."""
    structure = tar_structure.read(data)
    damage = (structure.damaged,) if structure.damaged else ()
    return ArchiveFacts(
        format="tar",
        members=len(structure.entries),
        gaps=_all(data, structure.gaps),
        trailing=_optional(data, structure.trailing),
        duplicates=_duplicates(entry.path for entry in structure.entries),
        mismatches=(*structure.notes, *damage),
    )


def _cab(data: memoryview) -> ArchiveFacts:
    """Return the facts of a cabinet; reserved areas that hold more than text count as gaps."""
    cabinet = cab.read(data)
    fields = [measured for field in cabinet.fields if (measured := _measure(data, field)).nature in HIDING]
    shared = ("folders: overlap: they share bytes with another structure",) if cabinet.layout.overlapping else ()
    return ArchiveFacts(
        format="cab",
        members=len(cabinet.files),
        gaps=(*_all(data, cabinet.layout.gaps), *fields)[:MAX_GAPS],
        trailing=_optional(data, cabinet.layout.trailing),
        duplicates=_duplicates(cab.path_of(file) for file in cabinet.files),
        mismatches=(*cabinet.notes, *shared, *filter(None, [cabinet.damaged])),
        cabinet=_set_of(cabinet),
    )


def _set_of(cabinet: cab.Cabinet) -> CabinetLinks | None:
    header = cabinet.header
    if header.previous is None and header.next is None:
        return None
    return CabinetLinks(
        set_id=header.set_id,
        number=header.number,
        previous=label(header.previous or b""),
        next=label(header.next or b""),
        comes_on=cab_set.comes_on(cabinet),
        goes_on=cab_set.goes_on(cabinet),
    )


def _asar(data: memoryview) -> ArchiveFacts:
    """Return the facts of an asar; a file that its hashes do not fit is a mismatch."""
    structure = asar.read(data)
    failed = (f"{f.path}: integrity: {f.expected}, {f.observed}" for f in asar_integrity.failures(data, structure))
    return ArchiveFacts(
        format="asar",
        members=len(structure.nodes),
        gaps=_all(data, structure.layout.gaps),
        trailing=_optional(data, structure.layout.trailing),
        duplicates=_duplicates(node.path for node in structure.nodes),
        mismatches=(*structure.notes, *islice(failed, MAX_GAPS)),
    )


def _compressed(data: memoryview, file_format: str) -> ArchiveFacts:
    """Return the facts of one compressed file; damage inside ends the search for bytes behind it."""
    end, damage = len(data), tuple[str, ...]()
    try:
        end = end_of(DECODERS[file_format](data))
    except FormatError as error:
        damage = (str(error),)
    trailing = Stretch(offset=end, length=len(data) - end, what="trailing") if end < len(data) else None
    return ArchiveFacts(
        format=file_format,
        members=1,
        trailing=_optional(data, trailing),
        mismatches=damage,
        comment=_gzip_name(data) if file_format == "gzip" else "",
    )


def _gzip_name(data: memoryview) -> str:
    """Return the file name in a gzip header as a label, empty where there is none (RFC 1952 2.3)."""
    head = bytes(data[: 1 << 16])
    at = 10
    if len(head) < 12 or not head[3] & GZIP_NAME:
        return ""
    if head[3] & GZIP_EXTRA:
        at += 2 + int.from_bytes(head[10:12], "little")
    return label(head[at:].partition(b"\0")[0][:256])


def _duplicates(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(path for path, count in Counter(paths).items() if count > 1))


def _measure(data: memoryview, stretch: Stretch) -> Bytes:
    return measure(data, stretch.offset, stretch.length)


def _optional(data: memoryview, stretch: Stretch | None) -> Bytes | None:
    return None if stretch is None else _measure(data, stretch)


def _all(data: memoryview, stretches: Iterable[Stretch]) -> tuple[Bytes, ...]:
    return tuple(_measure(data, stretch) for stretch in list(stretches)[:MAX_GAPS])


EXTRACTOR = Extractor(
    id="archive",
    version=4,
    formats=("asar", "bzip2", "cab", "gzip", "tar", "xz", "zip", "zstd"),
    fills=ArchiveFacts,
    extract=extract,
)
