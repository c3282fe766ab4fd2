"""What the signatures of a program, installer, cabinet or package say, with their time stamps, and every byte that nothing signs.

Fills:  SignatureFacts, for every PE, compound file, cabinet and zip (an unsigned PE or MSI has hashes and no signatures).
Drops:  nothing of the table; catalogue signatures, which stand in other files.
"""

from __future__ import annotations

from unrig.formats import authenticode, authenticode_cabinet, authenticode_installer, package_signature
from unrig.formats.sniff_containers import is_cab, is_ole
from unrig.formats.sniff_programs import is_pe
from unrig.model.fact import Extractor
from unrig.model.signature import SignatureFacts


def extract(data: memoryview) -> SignatureFacts:
    """Return what the signatures say. Raises FormatError where the file's headers cannot be read."""
    if is_ole(data):
        return authenticode_installer.read(data)
    if is_cab(data):
        return authenticode_cabinet.read(data)
    return authenticode.read(data) if is_pe(data) else package_signature.signatures(data)


EXTRACTOR = Extractor(
    id="signature", version=3, formats=("cab", "ole", "pe", "zip"), fills=SignatureFacts, extract=extract
)
