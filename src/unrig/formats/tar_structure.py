"""The structure of a tar: its members, and every byte that no header accounts for.

POSIX.1-2008 `pax` (ustar and pax interchange formats) and GNU tar's manual, "Basic Tar Format". Own reader: the
padding and what stands after the end blocks are the subject.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from unrig.formats.tar_header import BLOCK, Header, TarNames, names_after, read_header
from unrig.formats.zip_structure_names import link_leaves, name_notes
from unrig.formats.zip_structure_parts import Stretch
from unrig.model.errors import FormatError
from unrig.model.paths import label

MAX_ENTRIES = 200_000  # the same bound as for a zip
MAX_NOTES = 1024
META = frozenset(b"xgLKXN")  # pax records, GNU long names, Solaris' extended header, old GNU name table
KINDS = {b"1": "symlink", b"2": "symlink", b"3": "device", b"4": "device", b"5": "folder", b"6": "device"}


class TarEntry(Struct, frozen=True, kw_only=True):
    """One member of a tar."""

    index: int
    path: str
    """A label (see unrig.model.paths)."""
    name: bytes
    kind: str
    """file, folder, symlink (hard links too) or device."""
    link: bytes
    """Target of a link."""
    offset: int
    """Of its own header block."""
    data_offset: int
    size: int
    """Of the data in the archive."""
    is_hard_link: bool
    sparse: bool
    """The data leaves out holes."""


class TarStructure(Struct, frozen=True, kw_only=True):
    """Everything a tar says about itself."""

    entries: tuple[TarEntry, ...]
    complete: bool
    """False where MAX_ENTRIES ended the reading."""
    gaps: tuple[Stretch, ...]
    """Padding behind a member's data that is not zero."""
    trailing: Stretch | None
    """Bytes after the end blocks that are not zero, up to the file's end."""
    notes: tuple[str, ...]
    damaged: str
    """Where the reading ended early, as `where: expected, found`; empty where it did not."""


def read(data: memoryview, limit: int = MAX_ENTRIES) -> TarStructure:
    """Return the structure of a tar, of its first `limit` members.

    Raises FormatError where the first block is no header.
    """
    walk = _Walk(data)
    entries: list[TarEntry] = []
    for entry in walk.entries():
        entries.append(entry)
        if len(entries) == limit:
            break
    if not len(data) or (not entries and walk.damaged and not walk.at):
        raise FormatError("tar", "a header whose checksum holds", bytes(data[:16]).hex())
    complete = len(entries) < limit
    return TarStructure(
        entries=tuple(entries),
        complete=complete,
        gaps=tuple(_padding(data, entries)),
        trailing=_nonzero(data, walk.at, len(data)) if complete else None,
        notes=tuple(dict.fromkeys((*(f"pax header of member {lie}" for lie in walk.lies), *_notes(entries))))[
            :MAX_NOTES
        ],
        damaged=walk.damaged,
    )


class _Walk:
    """One pass over the headers: where it stands and why it ended."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.at = 0
        self.damaged = ""
        self.lies: list[str] = []
        """Of pax headers, each as `member: field: expected, found`."""

    def entries(self) -> Iterator[TarEntry]:
        """Yield members up to the end blocks or the first block that is no header."""
        names = TarNames()
        index = 0
        while self.at < len(self.data):
            header = self._header()
            if header is None:
                return
            data_offset = self.at + BLOCK + header.extra
            following = data_offset + -(-header.size // BLOCK) * BLOCK
            if header.type[0] in META:
                names = names_after(names, header, self.data[data_offset : data_offset + header.size])
            else:
                size = header.size if names.size is None else names.size
                following = data_offset + -(-size // BLOCK) * BLOCK
                yield _entry(header, names, index, self.at, size)
                if names.bad_size:
                    self.lies.append(f"{index}: size: a number below 2^63, {label(names.bad_size[:40])}")
                index += 1
                names = names.reset()
            self._note_cut(following if header.type[0] in META else data_offset + size)
            self.at = min(following, len(self.data))

    def _header(self) -> Header | None:
        """Return the header at hand; None at the end blocks and at damage."""
        block = self.data[self.at : self.at + BLOCK]
        if not any(block):
            self.at += len(block)
            return None
        header = read_header(self.data, self.at)
        if header is None:
            self.damaged = f"{self.at:#x}: a header whose checksum holds, {bytes(block[:16]).hex()}"
        return header

    def _note_cut(self, end: int) -> None:
        if end > len(self.data):
            self.damaged = f"{self.at:#x}: data up to {end:#x}, the file's end at {len(self.data):#x}"


def _entry(header: Header, names: TarNames, index: int, offset: int, size: int) -> TarEntry:
    """Return a member under the names that its pax and GNU headers give it."""
    name = names.path or header.name
    kind = KINDS.get(header.type, "file")
    if kind == "file" and name.endswith(b"/") and size == 0:
        kind = "folder"  # V7 tar marks folders so
    return TarEntry(
        index=index,
        path=label(name),
        name=name,
        kind="file" if kind != "symlink" and size else kind,
        link=names.link or header.link,
        offset=offset,
        data_offset=offset + BLOCK + header.extra,
        size=size,
        is_hard_link=header.type == b"1",
        sparse=header.type == b"S" or names.sparse,
    )


def _padding(data: memoryview, entries: list[TarEntry]) -> Iterator[Stretch]:
    """Yield the fill behind members' data that holds more than zeros."""
    for entry in entries:
        end = entry.data_offset + entry.size
        padded = min(len(data), end + -entry.size % BLOCK)
        if any(data[end:padded]):
            yield Stretch(offset=end, length=padded - end, what="padding")


def _nonzero(data: memoryview, start: int, end: int) -> Stretch | None:
    """Return the range if any of its bytes is not zero: tar fills its last record with zeros."""
    for base in range(start, end, 1 << 16):
        part = bytes(data[base : min(end, base + (1 << 16))])
        rest = part.lstrip(b"\0")
        if rest:
            first = base + len(part) - len(rest)
            return Stretch(offset=first, length=end - first, what="trailing")
    return None


def _notes(entries: list[TarEntry]) -> Iterator[str]:
    """Yield every note on names, links and kinds."""
    for entry in entries:
        for note in name_notes(entry.name):
            yield f"{entry.path}: name hazard: {note}"
        # a hard link names its target from the archive's root, a symbolic one from its own folder
        folder = b"" if entry.is_hard_link else entry.name.rpartition(b"/")[0]
        if entry.kind == "symlink" and link_leaves(folder, entry.link):
            yield f"{entry.path}: link hazard: points at {label(entry.link)}"
        if entry.kind == "device":
            yield f"{entry.path}: kind hazard: a device, pipe or socket"
