"""What a cabinet is made of: the records of [MS-CAB] 2 as values, and where each stands in the file."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from msgspec import Struct

from unrig.formats.zip_structure_parts import Stretch
from unrig.model.errors import FormatError

HAS_PREVIOUS, HAS_NEXT, HAS_RESERVE = 1, 2, 4  # CFHEADER.flags
FROM_PREVIOUS, TO_NEXT, BOTH = 0xFFFD, 0xFFFE, 0xFFFF  # CFFILE.iFolder
NAME_IS_UTF8 = 0x80  # CFFILE.attribs, _A_NAME_IS_UTF
LONGEST_STRING = 255  # [MS-CAB] 2.1 and 2.3: 256 bytes with the zero that ends them

_HEADER = struct.Struct("<4s5I2B5H")
_FOLDER = struct.Struct("<I2H")
_FILE = struct.Struct("<2I4H")


class Header(Struct, frozen=True, kw_only=True):
    """CFHEADER ([MS-CAB] 2.1)."""

    size: int
    """cbCabinet: of the whole cabinet, without what follows it."""
    files_offset: int
    folders: int
    files: int
    set_id: int
    number: int
    """iCabinet: place in its set, from 0."""
    previous: bytes | None
    """Name of the cabinet that goes before, None where this is the first."""
    next: bytes | None
    reserve: Stretch
    """abReserve: free for an application, used by Authenticode."""
    folder_reserve: int
    block_reserve: int
    end: int


class Folder(Struct, frozen=True, kw_only=True):
    """CFFOLDER (2.2): one run of data blocks that are packed together."""

    data_offset: int
    blocks: int
    method: int
    """typeCompress: 0 none, 1 MSZIP, 2 Quantum, 3 LZX in the lower four bits."""
    reserve: Stretch


class File(Struct, frozen=True, kw_only=True):
    """CFFILE (2.3): one file, a stretch of a folder's plain bytes."""

    offset: int
    end: int
    """Of the record."""
    size: int
    start: int
    """uoffFolderStart: where it begins in the folder's plain bytes."""
    folder: int
    """Index, or FROM_PREVIOUS, TO_NEXT, BOTH."""
    attributes: int
    name: bytes


def read_header(data: memoryview) -> Header:
    """Return the header. Raises FormatError where it is none, or not whole."""
    if len(data) < _HEADER.size or bytes(data[:4]) != b"MSCF":
        raise FormatError("cabinet", "a header of 36 bytes with MSCF", bytes(data[:36]).hex())
    _, _, size, _, files_at, _, _, major, folders, files, flags, set_id, number = _HEADER.unpack_from(data)
    if major != 1:
        raise FormatError("cabinet", "version 1", str(major))
    at = _HEADER.size
    header_reserve, folder_reserve, block_reserve = 0, 0, 0
    if flags & HAS_RESERVE:
        if at + 4 > len(data):
            raise FormatError("cabinet", "the sizes of the reserved areas", "the end of the file")
        header_reserve, folder_reserve, block_reserve = struct.unpack_from("<H2B", data, at)
        at += 4
    reserve = Stretch(offset=at, length=header_reserve, what="reserved area of the header")
    at += header_reserve
    names: list[bytes | None] = []
    for flag in (HAS_PREVIOUS, HAS_NEXT):
        name = None
        if flags & flag:
            name, at = _string(data, at, "name of another cabinet")
            _, at = _string(data, at, "name of another disk")
        names.append(name)
    return Header(
        size=size,
        files_offset=files_at,
        folders=folders,
        files=files,
        set_id=set_id,
        number=number,
        previous=names[0],
        next=names[1],
        reserve=reserve,
        folder_reserve=folder_reserve,
        block_reserve=block_reserve,
        end=at,
    )


def read_folders(data: memoryview, header: Header) -> Iterator[Folder]:
    """Yield the folders. Raises FormatError where the file ends among them."""
    step = _FOLDER.size + header.folder_reserve
    for index in range(header.folders):
        at = header.end + index * step
        if at + step > len(data):
            raise FormatError(f"folder {index}", f"{step} bytes", "the end of the file")
        offset, blocks, method = _FOLDER.unpack_from(data, at)
        reserve = Stretch(offset=at + _FOLDER.size, length=header.folder_reserve, what="reserved area of a folder")
        yield Folder(data_offset=offset, blocks=blocks, method=method, reserve=reserve)


def read_files(data: memoryview, header: Header, limit: int) -> Iterator[File]:
    """Yield the first `limit` files. Raises FormatError where the file ends among them, or a name does not end."""
    at = header.files_offset
    for index in range(min(header.files, limit)):
        if at + _FILE.size > len(data):
            raise FormatError(f"file {index}", f"{_FILE.size} bytes at {at:#x}", "the end of the file")
        size, start, folder, _, _, attributes = _FILE.unpack_from(data, at)
        name, end = _string(data, at + _FILE.size, f"name of file {index}")
        yield File(offset=at, end=end, size=size, start=start, folder=folder, attributes=attributes, name=name)
        at = end


def _string(data: memoryview, at: int, what: str) -> tuple[bytes, int]:
    """Return a string that ends in a zero, and the offset behind it."""
    head = bytes(data[at : at + LONGEST_STRING + 1])
    text, zero, _ = head.partition(b"\0")
    if not zero:
        raise FormatError(what, f"a zero within {LONGEST_STRING + 1} bytes", f"none at {at:#x}")
    return text, at + len(text) + 1
