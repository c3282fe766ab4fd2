"""How long it takes to compare the functions of a program of 5 MB with those of its baseline.

A real library of Qt, and the same with one function altered. Neither is run.
"""

from __future__ import annotations

import random
import statistics
import time
import zipfile
from pathlib import Path

from msgspec import Struct

from unrig.formats.pe import read_header
from unrig.vet import warm_deep
from unrig.vet.compare.functions import compare
from unrig.vet.facts.functions import extract

LIBRARY = "Qt5Widgets.dll"
TIMES = 5


class Compared(Struct, frozen=True, kw_only=True):
    """CPU seconds of one comparison, and what was compared."""

    seconds: float
    name: str
    size: int
    code: int
    functions: int
    said: str


def functions_of(wheel: Path) -> Compared:
    """Return what the comparison takes: the facts of the new library, and laying them beside the known ones."""
    warm_deep.lazy_capstone.decoded(64, b"\xc3")  # as the fork server does before a worker needs it
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(f"/{LIBRARY}"))
        old = archive.read(name)
    before = extract(memoryview(old))
    new = _altered(old, before.functions[len(before.functions) // 2].start)
    took: list[float] = []
    said = ""
    for _ in range(TIMES):
        started = time.process_time()
        said = next((found.what for found in compare(before, extract(memoryview(new)))), "nothing")
        took.append(time.process_time() - started)
    return Compared(
        seconds=statistics.median(took),
        name=LIBRARY,
        size=len(old),
        code=before.code_bytes,
        functions=len(before.functions),
        said=said,
    )


def _altered(data: bytes, address: int) -> bytes:
    """Return the library with other bytes at an address of its code."""
    header = read_header(memoryview(data))
    home = next(s for s in header.sections if s.virtual_address <= address < s.virtual_address + s.raw_size)
    at = address - home.virtual_address + home.raw_offset
    return data[:at] + random.Random(1).randbytes(8) + data[at + 8 :]
