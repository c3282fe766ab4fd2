"""One independent checker a file."""

from unrig.respond.checkers.pymarkdown import CHECKER as PYMARKDOWN
from unrig.respond.checkers.pysigma import CHECKER as PYSIGMA
from unrig.respond.checkers.vexipy import CHECKER as VEXIPY

CHECKERS = (PYMARKDOWN, PYSIGMA, VEXIPY)
