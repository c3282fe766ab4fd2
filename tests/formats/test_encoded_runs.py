from __future__ import annotations

import base64
import io
import random
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec
from unrig.formats.encoded_runs import SHORTEST, Run, decode_base64, encoded_runs

DRAWN = random.Random(5)
BINARY = bytes(DRAWN.choice((0, 1, 2, 0x90, 0xCC, 0xFE)) for _ in range(3000))
SECRET = DRAWN.randbytes(2400)


def runs(data: bytes) -> list[Run]:
    return list(encoded_runs(memoryview(data), 0, len(data)))


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode, base64.encodebytes])
def test_base64_of_uniform_bytes_is_found_where_it_stands(encode: object) -> None:
    text = encode(SECRET)  # type: ignore[operator]
    (run,) = runs(BINARY + text + BINARY)
    assert (run.encoding, run.decoded_as, run.uniform) == ("base64", "opaque", True)
    assert (run.offset, run.length) == (len(BINARY), len(text))


def test_hexadecimal_is_told_from_base64() -> None:
    (run,) = runs(BINARY + SECRET.hex().encode() + BINARY)
    assert (run.encoding, run.uniform, run.length) == ("hex", True, 2 * len(SECRET))


def test_a_program_in_base64_is_told() -> None:
    (run,) = runs(BINARY + base64.b64encode(build_pe(PeSpec(), 1)) + b"\0")
    assert (run.decoded_as, run.uniform) == ("pe", False)


@pytest.mark.parametrize(
    "text",
    [
        b"A" * 4000,
        b"the quick brown fox jumps over the lazy dog " * 100,
        b"onlysmallletters" * 200,
        b"0123456789abcdef" * 20,
        b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(SECRET),
        base64.b64encode(SECRET)[: SHORTEST - 200],
    ],
)
def test_padding_words_certificates_and_short_runs_are_none(text: bytes) -> None:
    assert runs(BINARY + text + BINARY) == []


def test_two_runs_are_two() -> None:
    text = base64.b64encode(SECRET)
    assert len(runs(text + BINARY + text + BINARY)) == 2


def in_pieces(text: bytes, size: int, gap: int) -> bytes:
    return bytes(gap).join(text[at : at + size] for at in range(0, len(text), size))


@pytest.mark.parametrize(("size", "gap"), [(1024, 1), (1500, 8), (3000, 16)])
def test_pieces_of_one_encoding_are_one_run(size: int, gap: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("module.py", DRAWN.randbytes(6000))
    data = in_pieces(base64.b64encode(packed.getvalue()).rstrip(b"="), size, gap)
    (run,) = runs(BINARY + data + bytes(20))
    assert (run.offset, run.length, run.decoded_as) == (len(BINARY), len(data), "zip")


@pytest.mark.parametrize(
    "between", [bytes(17), b"\1" * 8, b"=" + bytes(8)], ids=["too far", "no zeros", "the first one ends"]
)
def test_what_does_not_go_on_is_another_run(between: bytes) -> None:
    text = base64.b64encode(SECRET[:1200])
    assert len(runs(BINARY + text + between + text)) == 2


def test_a_short_text_behind_a_run_is_not_part_of_it() -> None:
    text = base64.b64encode(SECRET[:1200])
    (run,) = runs(BINARY + text + bytes(4) + b"GetProcAddress" * 10)
    assert run.length == len(text)


def test_what_is_no_base64_decodes_to_nothing() -> None:
    assert decode_base64(b"====") == b""
    assert decode_base64(b"AAECA") == b"\0\1\2"


@given(data=st.binary(max_size=300), times=st.integers(1, 40))
@settings(deadline=None, max_examples=60)
def test_runs_lie_in_the_data_and_apart(data: bytes, times: int) -> None:
    end = 0
    for run in runs(data * times):
        assert run.offset >= end
        end = run.offset + run.length
        assert end <= len(data) * times
