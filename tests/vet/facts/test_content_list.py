"""The reader of content lists asks its format for texts and property lists."""

from __future__ import annotations

import base64
import hashlib

from unrig.vet.facts.content_list import EXTRACTOR


def test_texts_and_property_lists_are_asked() -> None:
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"").digest()).rstrip(b"=").decode()
    facts = EXTRACTOR.extract(memoryview(f"a.py,sha256={digest},0\n".encode()))
    assert [one.path for one in facts.files] == ["a.py"]
    assert EXTRACTOR.formats == ("plist", "text")
