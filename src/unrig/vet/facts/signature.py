"""What a PE's certificate table says: signatures, time stamps, and every byte that nothing signs.

Fills:  SignatureFacts, for every PE (an unsigned one has hashes and no signatures).
Drops:  nothing of the table; catalogue signatures, which stand in other files.
"""

from __future__ import annotations

from unrig.formats import authenticode
from unrig.model.fact import Extractor
from unrig.model.signature import SignatureFacts

EXTRACTOR = Extractor(id="signature", version=2, formats=("pe",), fills=SignatureFacts, extract=authenticode.read)
