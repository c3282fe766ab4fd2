"""The structure of a cabinet ([MS-CAB]): its files and folders, and every byte that none of them accounts for.

Nothing is unpacked; how many plain bytes a folder has is the sum of what its blocks declare.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from msgspec import Struct

from unrig.formats.cab_blocks import blocks_of
from unrig.formats.cab_parts import (
    BOTH,
    FROM_PREVIOUS,
    TO_NEXT,
    File,
    Folder,
    Header,
    read_files,
    read_folders,
    read_header,
)
from unrig.formats.cab_signature import signature_of
from unrig.formats.zip_structure_map import Layout, lay_out
from unrig.formats.zip_structure_names import name_notes
from unrig.formats.zip_structure_parts import Stretch
from unrig.model.errors import FormatError
from unrig.model.paths import label

MAX_FILES = 65_535  # CFHEADER.cFiles
MAX_BLOCKS = 1 << 19  # 16 GiB of plain bytes, the budget of a release
MAX_NOTES = 1024
T = TypeVar("T")
CONTINUED = frozenset({FROM_PREVIOUS, TO_NEXT, BOTH})


class Extent(Struct, frozen=True, kw_only=True):
    """Where the data of a folder stands, and how many plain bytes it declares."""

    offset: int
    end: int
    plain: int
    damage: str = ""
    """Why the walk over its blocks ended early."""


class Cabinet(Struct, frozen=True, kw_only=True):
    """Everything a cabinet says about itself without unpacking anything."""

    header: Header
    folders: tuple[Folder, ...]
    extents: tuple[Extent, ...]
    files: tuple[File, ...]
    layout: Layout
    """Prefix (never there), gaps, trailing bytes; `overlapping` counts the folders after three others."""
    fields: tuple[Stretch, ...]
    """Reserved areas, that of Authenticode left out."""
    damaged: str = ""
    """Where the directory ended early, as `place: expected, found`."""
    notes: tuple[str, ...] = ()


def path_of(file: File) -> str:
    r"""Return the label of a file's name; `\` is the separator of cabinets ([MS-CAB] 2.3, szName)."""
    return label(file.name.replace(b"\\", b"/"))


def folder_index(file: File, folders: int) -> int:
    """Return the folder that holds a file, or the part of it that is in this cabinet; -1 where there is none."""
    if file.folder in CONTINUED:
        return folders - 1 if file.folder == TO_NEXT else 0
    return file.folder if file.folder < folders else -1


def read(data: memoryview, limit: int = MAX_FILES) -> Cabinet:
    """Return the structure of a cabinet, of its first `limit` files.

    Raises FormatError where there is no readable header.
    """
    header = read_header(data)
    folders, failure = _until_damage(read_folders(data, header))
    files, other = _until_damage(read_files(data, header, limit))
    extents = tuple(_extents(data, header, folders))
    authenticode = signature_of(data, header)
    tables = (
        Stretch(offset=0, length=header.end, what="header"),
        _folder_table(header, folders),
        Stretch(offset=header.files_offset, length=files[-1].end - header.files_offset if files else 0, what="files"),
    )
    data_ranges = (Stretch(offset=e.offset, length=e.end - e.offset, what="folder") for e in extents)
    return Cabinet(
        header=header,
        folders=tuple(folders),
        extents=extents,
        files=tuple(files),
        layout=lay_out([*tables, *data_ranges, *([authenticode] if authenticode else [])], len(data)),
        fields=tuple(f for f in _fields(header, folders, authenticode) if f.length),
        damaged=failure or other,
        notes=_bounded(_notes(header, folders, extents, files)),
    )


def _until_damage(records: Iterator[T]) -> tuple[list[T], str]:
    """Return the records that could be read, and why there are no more."""
    found: list[T] = []
    try:
        found.extend(records)
    except FormatError as error:
        return found, f"{error.where}: {error.expected}, {error.observed}"
    return found, ""


def _folder_table(header: Header, folders: list[Folder]) -> Stretch:
    return Stretch(offset=header.end, length=len(folders) * (8 + header.folder_reserve), what="folders")


def _extents(data: memoryview, header: Header, folders: Iterable[Folder]) -> Iterator[Extent]:
    """Yield the extent of each folder; those that share their start share their walk, which bounds the work."""
    walked: dict[tuple[int, int], Extent] = {}
    left = MAX_BLOCKS
    for folder in folders:
        key = (folder.data_offset, folder.blocks)
        if key not in walked:
            walked[key] = _extent(data, header, folder, left)
            left -= min(left, folder.blocks)
        yield walked[key]


def _extent(data: memoryview, header: Header, folder: Folder, left: int) -> Extent:
    offset = min(folder.data_offset, len(data))
    end, plain = offset, 0
    try:
        for number, block in enumerate(blocks_of(data, header, folder)):
            if number >= left:
                return Extent(offset=offset, end=end, plain=plain, damage=f"blocks: {MAX_BLOCKS} in all, more")
            end, plain = block.end, plain + block.plain
    except FormatError as error:
        return Extent(offset=offset, end=end, plain=plain, damage=f"{error.where}: {error.expected}, {error.observed}")
    return Extent(offset=offset, end=end, plain=plain)


def _fields(header: Header, folders: Iterable[Folder], authenticode: Stretch | None) -> Iterator[Stretch]:
    if authenticode is None:
        yield header.reserve
    for folder in folders:
        yield folder.reserve


def _notes(header: Header, folders: list[Folder], extents: tuple[Extent, ...], files: list[File]) -> Iterator[str]:
    """Yield where the directory contradicts itself or misleads."""
    if len(files) < header.files:
        yield f"header: files: {len(files)}, {header.files} declared"
    for index, extent in enumerate(extents):
        if extent.damage:
            yield f"folder {index}: {extent.damage}"
    for file in files:
        for hazard in name_notes(file.name):
            yield f"{path_of(file)}: name hazard: {hazard}"
        if folder_index(file, len(folders)) < 0:
            yield f"{path_of(file)}: folder: {len(folders)} in all, {file.folder}"
    by_folder: dict[int, list[File]] = {}
    for file in files:
        if file.folder < len(folders):
            by_folder.setdefault(file.folder, []).append(file)
    for index, extent in enumerate(extents):
        if not extent.damage and not _reaches_out(header, folders, index):
            yield from _plain_notes(index, extent, by_folder.get(index, []))


def _reaches_out(header: Header, folders: list[Folder], index: int) -> bool:
    """Tell whether a folder may be shared with the cabinet before or behind."""
    first = index == 0 and header.previous is not None
    return first or (index == len(folders) - 1 and header.next is not None)


def _plain_notes(index: int, extent: Extent, files: list[File]) -> Iterator[str]:
    """Yield plain bytes of a folder that are no file's, and files that share some.

    Files with the very same bytes are none: WiX lists equal files so ("smart cabbing").
    """
    reached = 0
    for start, size in sorted({(file.start, file.size) for file in files if file.size}):
        if start > reached:
            yield f"folder {index}: plain bytes {reached} to {start} are of no file"
        elif start < reached:
            yield f"folder {index}: overlap: two files share plain bytes from {start} on"
        reached = max(reached, start + size)
    if reached < extent.plain:
        yield f"folder {index}: plain bytes {reached} to {extent.plain} are of no file"
    elif reached > extent.plain:
        yield f"folder {index}: plain bytes: {extent.plain}, {reached} declared by its files"


def _bounded(notes: Iterator[str]) -> tuple[str, ...]:
    """Return the first MAX_NOTES notes, and one line where there are more."""
    kept = dict.fromkeys(islice(notes, MAX_NOTES))
    return (*kept, f"notes: the first {MAX_NOTES} are listed") if next(notes, None) else tuple(kept)
