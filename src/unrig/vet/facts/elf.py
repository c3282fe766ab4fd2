"""Where a program for Linux ends, and what stands behind it.

Fills:  ElfFacts, for every ELF.
Drops:  sections, symbols and code: a program of this system is looked at as bytes otherwise.
"""

from __future__ import annotations

from unrig.formats.elf import read_end
from unrig.formats.entropy import measure
from unrig.model.elf import ElfFacts
from unrig.model.fact import Extractor


def extract(data: memoryview) -> ElfFacts:
    """Return the facts of an ELF. Raises FormatError where it is none."""
    told = read_end(data)
    rest = len(data) - told.end
    return ElfFacts(
        end=told.end,
        overlay=measure(data, told.end, rest) if rest > 0 else None,
        damaged=(told.damaged,) if told.damaged else (),
    )


EXTRACTOR = Extractor(id="elf", version=1, formats=("elf",), fills=ElfFacts, extract=extract)
