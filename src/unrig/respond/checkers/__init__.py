"""One independent checker a file."""

from unrig.respond.checker import Checker
from unrig.respond.checkers import pymarkdown, pysigma, vexipy

CHECKERS: tuple[Checker, ...] = (pymarkdown.CHECKER, pysigma.CHECKER, vexipy.CHECKER)
