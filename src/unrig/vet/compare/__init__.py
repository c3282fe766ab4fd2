"""One kind of comparison a file: two releases in, or the facts of two files; changes out.

A new one is one line: its import.
"""

from __future__ import annotations

from unrig.model.rule import Comparison, Inspection
from unrig.vet.compare.asar import COMPARISON as ASAR
from unrig.vet.compare.build import COMPARISON as BUILD
from unrig.vet.compare.dependencies import COMPARISON as DEPENDENCIES
from unrig.vet.compare.exports import COMPARISON as EXPORTS
from unrig.vet.compare.files import COMPARISON as FILES
from unrig.vet.compare.functions import COMPARISON as FUNCTIONS
from unrig.vet.compare.imports import COMPARISON as IMPORTS
from unrig.vet.compare.installer import COMPARISON as INSTALLER
from unrig.vet.compare.resources import COMPARISON as RESOURCES
from unrig.vet.compare.script_functions import COMPARISON as SCRIPT_FUNCTIONS
from unrig.vet.compare.scripts import COMPARISON as SCRIPTS
from unrig.vet.compare.sections import COMPARISON as SECTIONS
from unrig.vet.compare.signer import COMPARISON as SIGNER
from unrig.vet.compare.strings import COMPARISON as STRINGS
from unrig.vet.compare.waits import COMPARISON as WAITS

COMPARISONS: tuple[Comparison | Inspection, ...] = tuple(
    unit for unit in tuple(globals().values()) if isinstance(unit, Comparison | Inspection)
)
