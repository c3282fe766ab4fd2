"""How long a program waits where its code says so with a constant. Read only for files that changed.

Fills:  WaitFacts, for programs of Windows for x64 and x86 with up to 24 MiB of code.
Drops:  waits of less than a minute, without end, or of a length worked out at run time; timers; .NET and ARM.
"""

from __future__ import annotations

from unrig.formats.pe import CLR, directory, read_header
from unrig.formats.pe_code import MAX_CODE, code_bytes, stretches
from unrig.formats.pe_map import image
from unrig.formats.pe_waits import waits
from unrig.model.fact import Extractor
from unrig.model.waits import WaitFacts

MACHINES = ("x64", "x86")
SHORTEST = 60_000
"""Milliseconds: shorter ones are what every program has."""
MOST = 256


def extract(data: memoryview) -> WaitFacts:
    """Return the constant waits of a PE. Raises FormatError where its headers cannot be read."""
    header = read_header(data)
    view = image(data, header)
    if directory(header, CLR).rva or header.machine not in MACHINES:
        return WaitFacts(not_evaluated="code of .NET or of another processor")
    if code_bytes(view) > MAX_CODE:
        return WaitFacts(not_evaluated=f"more than {MAX_CODE:,} bytes of code")
    found = [wait for wait in waits(view, stretches(view)) if wait.milliseconds >= SHORTEST]
    return WaitFacts(waits=tuple(found[:MOST]))


EXTRACTOR = Extractor(id="waits", version=1, formats=("pe",), fills=WaitFacts, extract=extract, stage="deep")
