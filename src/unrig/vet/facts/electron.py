"""What Electron wrote into a program: its fuses, and the hash of the archive that holds the code.

Fills:  ElectronFacts, for every PE and every property list in XML (empty for one that is none of Electron's).
Drops:  property lists in binary; the fuses of programs for macOS and Linux.
"""

from __future__ import annotations

from unrig.formats import electron_plist, electron_program
from unrig.model.electron import ElectronFacts
from unrig.model.fact import Extractor


def extract(data: memoryview) -> ElectronFacts:
    """Return what Electron wrote into a program. Raises FormatError where a PE's headers cannot be read."""
    if electron_plist.is_plist(data):
        return ElectronFacts(hashes=electron_plist.hashes(data))
    return electron_program.read(data)


EXTRACTOR = Extractor(id="electron", version=2, formats=("pe", "plist"), fills=ElectronFacts, extract=extract)
