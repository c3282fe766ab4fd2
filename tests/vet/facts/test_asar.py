"""Facts of asars."""

from __future__ import annotations

import hashlib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build.asar import AsarFile, AsarLayout, build_asar, pickled
from unrig.drill.build.payload import PayloadSpec
from unrig.model.asar import AsarFacts, EntryPoint, IntegrityFailure, UnpackedFile
from unrig.model.errors import FormatError, LimitError
from unrig.vet.facts import archive
from unrig.vet.facts.asar import extract

FILES = (
    AsarFile(path="package.json", content=b'{"name": "desk", "version": "1.2.3", "main": "app/main.js"}'),
    AsarFile(path="app/main.js", content=b"start()" * 9, executable=True),
    AsarFile(path="app/native.node", content=b"native", unpacked=True),
)


def facts(data: bytes) -> AsarFacts:
    return extract(memoryview(data))


def test_an_archive_says_what_it_runs_and_what_stands_beside_it() -> None:
    found = facts(build_asar(FILES))
    assert found.entry_point == EntryPoint(name="desk", version="1.2.3", main="app/main.js")
    native = UnpackedFile(path="app/native.node", size=6, sha256=hashlib.sha256(b"native").hexdigest())
    assert found.unpacked == (native,)
    assert found.executables == ("app/main.js",)
    assert (found.files, found.without_integrity, found.integrity_failures, found.notes) == (2, 0, (), ())
    assert len(found.directory_sha256) == 64


def test_a_file_that_is_not_as_hashed_is_named_here_and_among_the_mismatches() -> None:
    bad = AsarFile(path="bad.js", content=b"evil", hashed=b"good")
    data = build_asar((*FILES, bad, AsarFile(path="bare.js", integrity=False)))
    good, evil = hashlib.sha256(b"good").hexdigest(), hashlib.sha256(b"evil").hexdigest()
    found = facts(data)
    assert found.integrity_failures == (IntegrityFailure(path="bad.js", expected=f"SHA-256 {good}", observed=evil),)
    assert found.without_integrity == 1
    mismatches = archive.extract(memoryview(data)).mismatches
    assert mismatches == (f"bad.js: integrity: SHA-256 {good}, {evil}",)


def test_bytes_of_no_file_are_measured() -> None:
    gap = AsarFile(path="x", content=b"x", gap=PayloadSpec(size=100))
    found = facts(build_asar((*FILES, gap), AsarLayout(trailing=PayloadSpec(size=200))))
    assert [each.span.length for each in found.gaps] == [100]
    assert found.trailing is not None
    assert found.trailing.span.length == 200


@pytest.mark.parametrize("content", [b"{", b"[]", b'"x"', b"\xff", b"[" * 99_999])
def test_a_package_that_cannot_be_read_says_nothing(content: bytes) -> None:
    assert facts(build_asar((AsarFile(path="package.json", content=content),))).entry_point is None


def test_words_of_a_package_are_text_and_short() -> None:
    content = b'{"name": 7, "version": "\\ud800", "main": "' + b"m" * 5000 + b'"}'
    found = facts(build_asar((AsarFile(path="package.json", content=content),)))
    assert found.entry_point == EntryPoint(name="", version="\\ud800", main="m" * 1024)
    assert facts(build_asar((AsarFile(path="app/package.json", content=content),))).entry_point is None


def test_what_is_no_asar_is_a_format_error() -> None:
    with pytest.raises(FormatError):
        facts(pickled(b"[]"))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 1 << 20), st.integers(1, 255), st.integers(0, 20))
def test_any_flipped_byte_gives_facts_that_can_be_kept_or_a_named_error(place: int, mask: int, cut: int) -> None:
    data = bytearray(build_asar(FILES))
    data[place % len(data)] ^= mask
    try:
        found = facts(bytes(data[: len(data) - cut]))
    except (FormatError, LimitError):
        return
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=AsarFacts) == found
