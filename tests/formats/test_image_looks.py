"""What trailing bytes look like."""

from __future__ import annotations

import base64
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.drill.build.payload import Kind, payload
from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec
from unrig.formats.image_looks import looks_like

DRAWN = payload(5, 600)


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", "1")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (base64.b64encode(DRAWN), "base64"),
        (b"$" + base64.b64encode(DRAWN), "base64"),
        (base64.encodebytes(DRAWN), "base64"),
        (base64.encodebytes(DRAWN).replace(b"\n", b"\r\n"), "base64"),
        (base64.urlsafe_b64encode(DRAWN).rstrip(b"="), "base64"),
        (b"\0\0" + base64.b64encode(DRAWN) + b"\0" * 50, "base64"),
        (base64.b64encode(build_pe(PeSpec(), 1)), "base64"),
        (DRAWN.hex().encode(), "hex"),
        (DRAWN.hex().upper().encode() + b"\n", "hex"),
        (payload(1, 500, Kind.HEX), "hex"),
        (zipped(), "zip"),
        (b"junk in front\0" + zipped(), "zip"),
        (build_pe(PeSpec(), 1), "pe"),
        (b"", ""),
        (DRAWN, ""),
        (b"0123456789abcdef" * 4, ""),
        (b"A short remark: built by release.yml on Tuesday, 4 kittens watched." * 3, ""),
        (b"supercalifragilisticexpialidocious" * 9, ""),
        (payload(1, 500, Kind.ASCII), ""),
        (b"AAAA" * 90, ""),
        (base64.b64encode(DRAWN[:40]), ""),
    ],
)
def test_each_look_is_told(data: bytes, expected: str) -> None:
    assert looks_like(memoryview(data)) == expected


@given(st.binary(min_size=8, max_size=2000), st.integers(0, 3))
def test_hex_of_anything_is_hex(drawn: bytes, mark: int) -> None:
    data = bytes(range(16)) * 4 + drawn
    assert looks_like(memoryview(b"$" * mark + data.hex().encode())) == "hex"


@given(st.binary(max_size=300))
def test_any_bytes_have_some_look(data: bytes) -> None:
    assert looks_like(memoryview(data)) is not None
