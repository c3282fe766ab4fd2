"""The debug directory of a PE (PE specification, The .debug Section)."""

from __future__ import annotations

import struct

from msgspec import Struct

from unrig.formats.pe import DEBUG, directory, note
from unrig.formats.pe_map import Image, at, text_in
from unrig.model.pe import DebugEntry

MAX_ENTRIES = 256  # link.exe writes at most 6
REPRO = "repro"
KINDS = {  # PE specification, Debug Type
    0: "unknown",
    1: "coff",
    2: "codeview",
    3: "fpo",
    4: "misc",
    5: "exception",
    6: "fixup",
    7: "omap_to_src",
    8: "omap_from_src",
    9: "borland",
    11: "clsid",
    12: "vc_feature",
    13: "pogo",
    14: "iltcg",
    15: "mpx",
    16: REPRO,
    17: "embedded_pdb",
    19: "pdb_checksum",
    20: "ex_dllcharacteristics",
}
PATHS = {b"RSDS": 24, b"NB10": 16}
"""Where the path of a CodeView record begins: behind GUID and age, or behind offset, time and age."""

_ENTRY = struct.Struct("<4xI4xIIII")


class Debug(Struct, frozen=True, kw_only=True):
    """The entries of the debug directory."""

    entries: tuple[DebugEntry, ...] = ()
    damaged: tuple[str, ...] = ()

    @property
    def reproducible(self) -> bool:
        """The linker put a hash where the time stamps stand (/Brepro)."""
        return any(entry.kind == REPRO for entry in self.entries)


def read_debug(image: Image) -> Debug:
    """Return the debug entries; a directory or a CodeView record outside the file is damage."""
    where = directory(image.header, DEBUG)
    if not where.rva or not where.size:
        return Debug()
    damaged: list[str] = []
    declared = where.size // _ENTRY.size
    table = at(image, where.rva, min(declared, MAX_ENTRIES) * _ENTRY.size)
    present = len(table) // _ENTRY.size
    if present < declared:
        note(damaged, "debug", f"{declared} entries, at most {MAX_ENTRIES}", str(present))
    rows = _ENTRY.iter_unpack(table[: present * _ENTRY.size])
    entries = tuple(_entry(image, row, damaged) for row in rows)
    return Debug(entries=entries, damaged=tuple(damaged))


def _entry(image: Image, row: tuple[int, ...], damaged: list[str]) -> DebugEntry:
    """Return one entry, with the path where it is a CodeView record."""
    timestamp, number, size, _, offset = row
    kind = KINDS.get(number, f"#{number}")
    path = _pdb_path(image, offset, size, damaged) if kind == "codeview" else ""
    return DebugEntry(kind=kind, timestamp=timestamp, pdb_path=path)


def _pdb_path(image: Image, offset: int, size: int, damaged: list[str]) -> str:
    """Return the path of a CodeView record, which ends in a zero or with the record."""
    end = min(offset + size, len(image.data))
    start = PATHS.get(bytes(image.data[offset : offset + 4]))
    if start is None or offset + start > end:
        note(damaged, "debug", f"RSDS or NB10 in {size} bytes at {offset:#x}", bytes(image.data[offset:end][:4]).hex())
        return ""
    return text_in(image.data, offset + start, end).value
