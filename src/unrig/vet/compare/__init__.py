"""One kind of comparison a file: two releases in, changes out.

A new one is one line: its import.
"""

from __future__ import annotations

from unrig.model.rule import Comparison
from unrig.vet.compare.files import COMPARISON as FILES

COMPARISONS: tuple[Comparison, ...] = tuple(unit for unit in tuple(globals().values()) if isinstance(unit, Comparison))
