"""One independent checker a file.

A new one is one line: its import.
"""

from __future__ import annotations

from unrig.respond.checker import Checker
from unrig.respond.checkers.pymarkdown import CHECKER as PYMARKDOWN
from unrig.respond.checkers.pysigma import CHECKER as PYSIGMA
from unrig.respond.checkers.vexipy import CHECKER as VEXIPY

CHECKERS: tuple[Checker, ...] = tuple(unit for unit in tuple(globals().values()) if isinstance(unit, Checker))
