"""Hashes of archives in property lists: whole, lying, hostile."""

from __future__ import annotations

import plistlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.formats.electron_plist import MOST, hashes, is_plist
from unrig.formats.sniff import sniff
from unrig.model.electron import AsarHash

HASH = "ab" * 32


def listed(archives: dict[str, dict[str, str]]) -> memoryview:
    return memoryview(plistlib.dumps({"CFBundleName": "Phone", "ElectronAsarIntegrity": archives, "Z": {"hash": "no"}}))


def test_the_hashes_as_python_writes_them() -> None:
    data = listed({"Resources/app.asar": {"algorithm": "SHA256", "hash": HASH.upper()}})
    assert sniff(data) == "plist"
    assert hashes(data) == (AsarHash(path="Resources/app.asar", algorithm="SHA256", value=HASH),)


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_categories=("C",)), min_size=1).map(str.strip).filter(bool),
        st.sampled_from(["0" * 64, HASH]),
        max_size=5,
    )
)
def test_any_paths_come_back_in_number_and_order(paths: dict[str, str]) -> None:
    written = {path: {"algorithm": "SHA256", "hash": value} for path, value in paths.items()}
    found = hashes(listed(written))
    assert [one.value for one in found] == [paths[path] for path in sorted(paths)]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<key>ElectronAsarIntegrity</key>",
        b"<key>ElectronAsarIntegrity</key><dict>",
        b"<key>ElectronAsarIntegrity</key><dict/>",
        b"<key>ElectronAsarIntegrity</key><string>x</string>",
        b"<key>ElectronAsarIntegrity</key><dict><key>a</key><dict>",
    ],
)
def test_what_is_cut_or_empty_has_none(text: bytes) -> None:
    assert hashes(memoryview(b"<?xml?><plist><dict>" + text)) == ()


def test_entities_are_plain_text_and_none_is_expanded() -> None:
    bomb = b'<!DOCTYPE plist [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><plist>'
    text = b"<key>ElectronAsarIntegrity</key><dict><key>a&amp;b&b;</key><dict></dict></dict>"
    [one] = hashes(memoryview(b"<?xml?>" + bomb + text))
    assert one.path == "a&b&b;"


def test_only_so_many_are_kept() -> None:
    row = b"<key>a</key><dict><key>hash</key><string>x</string></dict>"
    data = memoryview(b"<?xml?><plist><key>ElectronAsarIntegrity</key><dict>" + row * 1000)
    assert len(hashes(data)) == MOST


@pytest.mark.parametrize("data", [b"<?xml?><svg/>", b"<plist>", b"bplist00" + bytes(40), b"text"])
def test_what_is_no_property_list(data: bytes) -> None:
    assert not is_plist(memoryview(data))


@given(st.binary(max_size=300))
def test_any_bytes_give_something(data: bytes) -> None:
    hashes(memoryview(b"<key>ElectronAsarIntegrity</key><dict>" + data))
