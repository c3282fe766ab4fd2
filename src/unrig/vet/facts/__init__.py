"""One extractor of facts a file; facts never judge.

A new one is one line: its import.
"""

from __future__ import annotations

from unrig.model.fact import Extractor
from unrig.vet.facts.archive import EXTRACTOR as ARCHIVE
from unrig.vet.facts.asar import EXTRACTOR as ASAR
from unrig.vet.facts.blobs import EXTRACTOR as BLOBS
from unrig.vet.facts.content_list import EXTRACTOR as CONTENT_LIST
from unrig.vet.facts.dependencies import EXTRACTOR as DEPENDENCIES
from unrig.vet.facts.electron import EXTRACTOR as ELECTRON
from unrig.vet.facts.elf import EXTRACTOR as ELF
from unrig.vet.facts.functions import EXTRACTOR as FUNCTIONS
from unrig.vet.facts.image import EXTRACTOR as IMAGE
from unrig.vet.facts.markers import EXTRACTOR as MARKERS
from unrig.vet.facts.msi import EXTRACTOR as MSI
from unrig.vet.facts.package_digest import EXTRACTOR as PACKAGE_DIGEST
from unrig.vet.facts.package_signature import EXTRACTOR as PACKAGE_SIGNATURE
from unrig.vet.facts.pe import EXTRACTOR as PE
from unrig.vet.facts.python_startup import EXTRACTOR as PYTHON_STARTUP
from unrig.vet.facts.script import EXTRACTOR as SCRIPT
from unrig.vet.facts.script_functions import EXTRACTOR as SCRIPT_FUNCTIONS
from unrig.vet.facts.signature import EXTRACTOR as SIGNATURE
from unrig.vet.facts.strings import EXTRACTOR as STRINGS
from unrig.vet.facts.update_list import EXTRACTOR as UPDATE_LIST
from unrig.vet.facts.waits import EXTRACTOR as WAITS

EXTRACTORS: tuple[Extractor, ...] = tuple(unit for unit in tuple(globals().values()) if isinstance(unit, Extractor))
