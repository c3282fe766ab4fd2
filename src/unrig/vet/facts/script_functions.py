"""The functions of a script that changed, by its syntax tree."""

from __future__ import annotations

from unrig.formats.script_functions import LONGEST, read_functions
from unrig.formats.script_language import candidates
from unrig.model.code import ScriptFunctions
from unrig.model.fact import Extractor


def extract(data: memoryview) -> ScriptFunctions:
    """Return the functions of a text that may be JavaScript, none for any other; never raises."""
    if "javascript" not in candidates(data):
        return ScriptFunctions()
    if len(data) > LONGEST:
        return ScriptFunctions(not_evaluated=f"a script of more than {LONGEST:,} bytes")
    return ScriptFunctions(functions=read_functions(data))


EXTRACTOR = Extractor(
    id="script_functions", version=1, formats=("text",), fills=ScriptFunctions, extract=extract, stage="deep"
)
