"""Asars as written: deterministic, truthful by default (readers are in tests/formats and tests/unpack)."""

from __future__ import annotations

import hashlib
import json
import struct

from unrig.drill.build.asar import AsarFile, AsarLayout, build_asar
from unrig.drill.build.payload import MARKER, PayloadSpec

FILES = (
    AsarFile(path="a/b.js", content=b"12345", executable=True),
    AsarFile(path="a/c.node", content=b"native", unpacked=True),
    AsarFile(path="d.js", content=b"678", gap=PayloadSpec(size=40)),
    AsarFile(path="e.js", link="d.js"),
)


def test_sizes_lie_in_each_other_and_offsets_count_from_the_content() -> None:
    data = build_asar(FILES, AsarLayout(block_size=2, trailing=PayloadSpec(size=50)))
    four, second, payload, length = struct.unpack_from("<4I", data)
    assert (four, second - payload, second - 8) == (4, 4, length + -length % 4)
    files = json.loads(data[16 : 16 + length])["files"]
    content = data[8 + second :]
    first, other = files["a"]["files"]["b.js"], files["d.js"]
    assert content[int(first["offset"]) :][: first["size"]] == b"12345"
    assert content[int(other["offset"]) :][: other["size"]] == b"678"
    assert first["executable"] is True
    assert first["integrity"]["blocks"] == [hashlib.sha256(part).hexdigest() for part in (b"12", b"34", b"5")]
    assert files["a"]["files"]["c.node"]["unpacked"] is True
    assert "offset" not in files["a"]["files"]["c.node"]
    assert files["e.js"] == {"link": "d.js"}
    assert len(content) == 5 + 40 + 3 + 50
    assert content.count(MARKER) == 2
    assert data == build_asar(FILES, AsarLayout(block_size=2, trailing=PayloadSpec(size=50)))


def test_lies_are_told_where_asked_for() -> None:
    lie = AsarFile(path="x", content=b"x", stated_size=9, stated_offset="77", hashed=b"y")
    data = build_asar((lie,), AsarLayout(stated_directory=4096))
    assert struct.unpack_from("<2I", data, 4) == (4096, 4092)
    for words in (b'"size":9', b'"offset":"77"', hashlib.sha256(b"y").hexdigest().encode()):
        assert words in data
