"""The SHA-1 of an archive: lists of updates are written with it.

Fills:  PackageDigestFacts, for every zip (a NuGet package is one).
Drops:  nothing; no judgement of unrig rests on SHA-1 alone.
"""

from __future__ import annotations

import hashlib

from unrig.model.fact import Extractor
from unrig.model.squirrel import PackageDigestFacts


def extract(data: memoryview) -> PackageDigestFacts:
    """Return the digest."""
    return PackageDigestFacts(sha1=hashlib.sha1(data, usedforsecurity=False).hexdigest())


EXTRACTOR = Extractor(id="package_digest", version=1, formats=("zip",), fills=PackageDigestFacts, extract=extract)
