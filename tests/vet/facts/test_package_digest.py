"""The digest that lists of updates are written with."""

from __future__ import annotations

import hashlib

from unrig.vet.facts.package_digest import EXTRACTOR, extract


def test_it_is_the_sha1_of_the_whole() -> None:
    data = b"PK" + bytes(range(256))
    assert extract(memoryview(data)).sha1 == hashlib.sha1(data).hexdigest()
    assert EXTRACTOR.formats == ("zip",)
