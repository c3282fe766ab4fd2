"""What Electron wrote into a program: its fuses, and the hash of the archive that holds the code.

Fills:  ElectronFacts, for every PE (empty for one that is none of Electron's).
Drops:  Info.plist, in which programs for macOS have the same hash.
"""

from __future__ import annotations

from unrig.formats import electron_program
from unrig.model.electron import ElectronFacts
from unrig.model.fact import Extractor

EXTRACTOR = Extractor(id="electron", version=1, formats=("pe",), fills=ElectronFacts, extract=electron_program.read)
