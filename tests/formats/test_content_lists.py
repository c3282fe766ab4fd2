"""Lists of wheels, jars and bundles, and what is none."""

from __future__ import annotations

import base64
import hashlib
import plistlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.formats.content_lists import read
from unrig.model.content_list import ContentListFacts, ListedFile

DIGEST = hashlib.sha256(b"inert").digest()
URL_SAFE = base64.urlsafe_b64encode(DIGEST).rstrip(b"=").decode()
PLAIN = base64.b64encode(DIGEST).decode()


def listed(text: str) -> ContentListFacts:
    return read(memoryview(text.encode()))


def test_a_record_of_a_wheel_is_read() -> None:
    text = f'a/b.py,sha256={URL_SAFE},5\r\n"a/c,d.py",sha512={"A" * 86},5\r\nx.dist-info/RECORD,,\r\nno row\r\n'
    assert listed(text) == ContentListFacts(
        kind="record",
        files=(
            ListedFile(path="a/b.py", sha256=DIGEST.hex()),
            ListedFile(path="a/c,d.py", sha256=""),
            ListedFile(path="x.dist-info/RECORD", sha256=""),
        ),
    )


def test_a_manifest_of_a_jar_is_read_over_its_line_breaks() -> None:
    name = "com/example/" + "long/" * 14 + "Name.class"
    folded = f"Name: {name[:60]}\r\n {name[60:]}"
    text = f"Manifest-Version: 1.0\r\n\r\n{folded}\r\nSHA-256-Digest: {PLAIN}\r\n\r\nName: b\r\nSHA1-Digest: x\r\n\r\n"
    assert listed(text) == ContentListFacts(kind="jar", files=(ListedFile(path=name, sha256=DIGEST.hex()),))
    assert listed("Manifest-Version: 1.0\r\nMain-Class: A\r\n\r\n") == ContentListFacts()


def test_a_seal_of_a_bundle_is_read() -> None:
    """What Python's own writer of property lists makes; the older `files` and nested code have no SHA-256."""
    sealed = {
        "files": {"Resources/a.txt": b"x" * 20},
        "files2": {
            "Frameworks/b.framework": {"cdhash": b"y" * 20, "requirement": 'identifier "b"'},
            "Resources/a.txt": {"hash": b"x" * 20, "hash2": DIGEST},
            "Resources/fr.lproj/<&>.strings": {"hash2": DIGEST, "optional": True},
        },
        "rules2": {"^.*": True},
    }
    found = read(memoryview(plistlib.dumps(sealed)))
    assert found.kind == "bundle"
    assert [(one.path, one.sha256) for one in found.files] == [
        ("Resources/a.txt", DIGEST.hex()),
        ("Resources/fr.lproj/<&>.strings", DIGEST.hex()),
    ]


@pytest.mark.parametrize("text", ["", "a,b,c\n", "x = 1\n", "a.py,sha256=short,5\n", '{"name": "x"}'])
def test_any_other_text_is_no_list(text: str) -> None:
    assert listed(text) == ContentListFacts()


@settings(deadline=None, max_examples=100)
@given(data=st.binary(max_size=300), kind=st.sampled_from(["Manifest-Version: 1\n\n", f"a,sha256={URL_SAFE},1\n", ""]))
def test_any_bytes_are_read(data: bytes, kind: str) -> None:
    found = read(memoryview(kind.encode() + data))
    assert all(len(one.sha256) in (0, 64) for one in found.files)
