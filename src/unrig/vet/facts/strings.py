"""Which files and addresses the bytes of one artifact name, whatever its format."""

from __future__ import annotations

from unrig.formats.strings_of_interest import find_strings
from unrig.model.fact import Extractor
from unrig.model.strings import StringFacts


def extract(data: memoryview) -> StringFacts:
    """Return the strings of interest; never raises, for any bytes hold none or some."""
    return find_strings(data)


EXTRACTOR = Extractor(id="strings", version=2, formats=(), fills=StringFacts, extract=extract)
