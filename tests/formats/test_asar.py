"""Asar: what the directory says, and what it leaves over."""

from __future__ import annotations

import hashlib
import json
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build.asar import AsarFile, AsarLayout, build_asar, pickled
from unrig.drill.build.payload import PayloadSpec
from unrig.formats import asar
from unrig.formats.asar_integrity import failures
from unrig.formats.sniff import sniff
from unrig.model.errors import FormatError, LimitError

FILES = (
    AsarFile(path="package.json", content=b'{"main": "app/main.js"}'),
    AsarFile(path="app/main.js", content=b"start()" * 9, executable=True),
    AsarFile(path="app/native.node", content=b"native", unpacked=True),
    AsarFile(path="app/link.js", link="app/main.js"),
)


def read(data: bytes) -> asar.AsarStructure:
    return asar.read(memoryview(data))


def directory(**files: object) -> bytes:
    return pickled(json.dumps({"files": files}).encode()) + bytes(9)


def test_a_plain_archive_accounts_for_every_byte() -> None:
    data = build_asar(FILES)
    assert sniff(memoryview(data)) == "asar"
    found = read(data)
    assert [(node.path, node.kind) for node in found.nodes] == [
        ("package.json", "file"),
        ("app", "folder"),
        ("app/main.js", "file"),
        ("app/native.node", "file"),
        ("app/link.js", "symlink"),
    ]
    assert (found.layout.prefix, found.layout.gaps, found.layout.trailing, found.notes) == (None, (), None, ())
    assert [data[entry.offset :][: entry.node.size] for entry in found.entries] == [FILES[0].content, FILES[1].content]
    raw = data[found.directory.offset : found.directory.end]
    assert found.directory_sha256 == hashlib.sha256(raw).hexdigest()
    assert json.loads(raw)["files"]["app"]["files"]["link.js"] == {"link": "app/main.js"}


def test_bytes_between_and_behind_are_found() -> None:
    gap = AsarFile(path="b", content=b"b", gap=PayloadSpec(size=80))
    found = read(build_asar((FILES[0], gap), AsarLayout(trailing=PayloadSpec(size=90))))
    assert [stretch.length for stretch in found.layout.gaps] == [80]
    assert found.layout.trailing is not None
    assert found.layout.trailing.length == 90


@pytest.mark.parametrize(
    ("file", "note"),
    [
        (AsarFile(path="x", content=b"x", stated_size=99), "x: place: inside the archive, 86+99"),
        (AsarFile(path="x", content=b"x", stated_offset="-1"), "x: offset: a number, none"),
        (AsarFile(path="x", content=b"x", stated_offset="10"), "files: overlap: 2 share bytes with another"),
        (AsarFile(path="..", content=b"x"), "..: name hazard: climbs out of its folder"),
        (AsarFile(path="up", link="../../etc/passwd"), "up: link hazard: points at ../../etc/passwd"),
        (AsarFile(path="up", link="/etc/passwd"), "up: link hazard: points at /etc/passwd"),
    ],
)
def test_entries_that_mislead_are_noted(file: AsarFile, note: str) -> None:
    assert note in read(build_asar((*FILES, file))).notes


@pytest.mark.parametrize(
    ("raw", "note"),
    [
        (b'{"files":{"a":{"size":1,"offset":"0"},"a":{"size":2,"offset":"1"}}}', "a: name: occurs twice in its folder"),
        (b'{"files":{"a":{"size":1,"size":2,"offset":"0"}}}', "a: entry: a key occurs twice"),
        (b'{"files":{"a":[]}}', "a: entry: an object, list"),
        (b'{"files":{"a":{"files":[]}}}', "a: files: an object, another value"),
        (b'{"files":{"a":{"files":{},"offset":"0"}}}', "a: kind hazard: a folder with content"),
        (b'{"files":{"a/b":{"size":0,"offset":"0"}}}', "a/b: name hazard: holds a slash"),
        (b'{"files":{"a":{"offset":"0"}}}', "a: size: a number, none"),
        (b'{"files":{"a":{"size":true,"offset":"0"}}}', "a: size: a number, none"),
        (
            b'{"files":{"a":{"size":0,"offset":"0","integrity":{}}}}',
            "a: integrity: algorithm, hash and blocks, not all",
        ),
        (b'{"files":{"\\ud800":{"size":0,"offset":"-"}}}', "%ED%A0%80: offset: a number, none"),
        (b'{"files":3}', "directory: files: an object, another value"),
        (b"{}", "directory: files: an object, another value"),
    ],
)
def test_directories_that_mislead_are_noted(raw: bytes, note: str) -> None:
    found = read(pickled(raw) + bytes(5))
    assert any(each.startswith(note) for each in found.notes), found.notes


def test_one_bad_entry_hides_no_other() -> None:
    found = read(directory(a=7, b={"size": "x"}, c={"size": 2, "offset": "1"}))
    assert [node.path for node in found.nodes] == ["b", "c"]
    assert [entry.offset >= 0 for entry in found.entries] == [False, True]


def test_both_of_a_name_that_occurs_twice_are_read() -> None:
    found = read(pickled(b'{"files":{"a":{"size":1,"offset":"0"},"a":{"size":2,"offset":"1"}}}') + b"one")
    assert [(node.path, node.size) for node in found.nodes] == [("a", 1), ("a", 2)]


def test_a_directory_of_two_gigabytes_is_refused() -> None:
    claim = struct.pack("<4I", 4, 0x8000_0000, 0x7FFF_FFFC, 0x7FFF_FFF0)
    with pytest.raises(FormatError, match="directory of 2147483648 bytes"):
        read(claim + b"{}" * 99)


def test_a_directory_that_is_too_long_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asar, "MAX_DIRECTORY", 40)
    with pytest.raises(LimitError):
        read(build_asar(FILES))


def test_depth_and_count_are_bounded() -> None:
    with pytest.raises(FormatError, match="RecursionError"):
        read(pickled(b'{"files":{"a":' * 99_999))
    deep = b'{"files":{"a":' * 90 + b"{}" + b"}}" * 90
    assert read(pickled(deep)).nodes[-1].path == "/".join("a" * 90)
    name = b"n" * 1000
    long = (b'{"files":{"' + name + b'":') * 9 + b"{}" + b"}}" * 9
    found = read(pickled(long))
    assert [len(node.path) for node in found.nodes] == [1000, 2001, 3002, 4003]
    assert "path: at most 4096 bytes" in found.notes[-1]
    many = read(directory(**{str(number): {"size": 0, "offset": "0"} for number in range(50)}))
    assert len(many.nodes) == 50
    few = asar.read(memoryview(build_asar(FILES)), 2)
    assert (len(few.nodes), few.complete) == (2, False)


def test_padding_that_is_more_than_that_is_noted() -> None:
    raw = b'{"files":{}}'
    head = struct.pack("<4I", 4, 8 + 12 + 40, 4 + 12 + 40, 12)
    found = read(head + raw + b"hidden in the padding of the directory.." + b"rest")
    assert found.notes == ("directory: padding: up to 3 zeros, 40 bytes",)


@pytest.mark.parametrize("block_size", [4, 1 << 20])
def test_integrity_holds_or_fails_by_name(block_size: int) -> None:
    files = (*FILES, AsarFile(path="bad", content=b"other bytes", hashed=b"their bytes"))
    data = build_asar(files, AsarLayout(block_size=block_size))
    (failure,) = failures(memoryview(data), read(data))
    assert failure.path == "bad"
    assert failure.observed == hashlib.sha256(b"other bytes").hexdigest()


def test_blocks_and_other_algorithms_are_checked() -> None:
    data = build_asar(FILES[:2], AsarLayout(block_size=8))
    block = hashlib.sha256(FILES[1].content[:8]).hexdigest().encode()
    broken = data.replace(block, block[::-1])
    assert [failure.observed for failure in failures(memoryview(broken), read(broken))] == ["other blocks"]
    other = data.replace(b'"SHA256"', b'"SHA999"', 1)
    assert [failure.observed for failure in failures(memoryview(other), read(other))] == ["SHA999"]
    none = data.replace(b'"blockSize":8', b'"blockSize":0')
    assert len(list(failures(memoryview(none), read(none)))) == 2


@pytest.mark.parametrize("data", [b"", bytes(16), pickled(b"[]"), pickled(b"{"), pickled(b'{"files":' + b"9" * 9999)])
def test_what_is_no_asar_is_a_format_error(data: bytes) -> None:
    with pytest.raises(FormatError):
        read(data)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 1 << 20), st.integers(0, 255), st.integers(0, 99))
def test_any_flipped_or_cut_byte_gives_a_structure_or_a_named_error(place: int, mask: int, cut: int) -> None:
    data = bytearray(build_asar(FILES, AsarLayout(block_size=8)))
    data[place % len(data)] ^= mask
    view = memoryview(bytes(data[: len(data) - cut]))
    try:
        list(failures(view, asar.read(view)))
    except (FormatError, LimitError):
        return
