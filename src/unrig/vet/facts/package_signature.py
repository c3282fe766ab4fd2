"""What the signature of a jar, NuGet package or app package covers, and whether its members are as signed.

Fills:  PackageSignatureFacts, for every zip; the signature itself is SignatureFacts.
Drops:  the permissions that a manifest grants; signatures of single members inside.
"""

from __future__ import annotations

from unrig.formats import package_signature
from unrig.model.fact import Extractor
from unrig.model.package_signature import PackageSignatureFacts


def extract(data: memoryview) -> PackageSignatureFacts:
    """Return the coverage. Raises FormatError or LimitError where what is signed cannot be read."""
    return package_signature.coverage(data)


EXTRACTOR = Extractor(id="package_signature", version=1, formats=("zip",), fills=PackageSignatureFacts, extract=extract)
