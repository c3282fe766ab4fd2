"""The lines of a short text that Python would run at its start, if the text is called like that.

Fills:  PythonStartupFacts, for every text.
Drops:  folders that a path configuration file names; lines behind the sixteenth.
"""

from __future__ import annotations

from unrig.formats.python_startup import startup_lines
from unrig.model.fact import Extractor
from unrig.model.python_startup import PythonStartupFacts


def extract(data: memoryview) -> PythonStartupFacts:
    """Return the lines."""
    return PythonStartupFacts(lines=tuple(startup_lines(data)))


EXTRACTOR = Extractor(id="python_startup", version=1, formats=("text",), fills=PythonStartupFacts, extract=extract)
