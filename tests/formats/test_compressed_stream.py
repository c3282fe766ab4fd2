"""Decoders: the plain bytes, where the stream ended, damage after all that could be had."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.formats import compressed_stream as streams
from unrig.formats.compressed_stream import CHUNK, Chunks
from unrig.model.errors import FormatError, LimitError

PLAIN = b"what is compressed " * 5000


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


FORMS: dict[str, tuple[Callable[[bytes], bytes], Callable[[memoryview], Chunks]]] = {
    "bzip2": (bz2.compress, streams.bzip2),
    "deflate": (deflated, streams.deflate),
    "gzip": (gzip.compress, streams.gzip),
    "stored": (bytes, streams.stored),
    "xz": (lzma.compress, streams.xz),
}
every_form = pytest.mark.parametrize("form", FORMS)


def drained(chunks: Chunks) -> tuple[bytes, int]:
    plain = bytearray()
    while True:
        try:
            chunk = next(chunks)
        except StopIteration as stop:
            return bytes(plain), stop.value
        assert len(chunk) <= CHUNK
        plain += chunk


@every_form
@pytest.mark.parametrize("plain", [b"", b"x", PLAIN, bytes(3 << 20)])
def test_what_was_compressed_comes_back(form: str, plain: bytes) -> None:
    compress, decode = FORMS[form]
    packed = compress(plain)
    assert drained(decode(memoryview(packed))) == (plain, len(packed))


@pytest.mark.parametrize("form", ["bzip2", "deflate", "gzip", "xz"])
def test_the_end_of_the_stream_is_told_whatever_follows(form: str) -> None:
    compress, decode = FORMS[form]
    packed = compress(PLAIN)
    assert streams.end_of(decode(memoryview(packed + b"not of it" * 20_000))) == len(packed)


@pytest.mark.parametrize("form", ["bzip2", "gzip", "xz"])
def test_streams_in_a_row_are_one_content(form: str) -> None:
    compress, decode = FORMS[form]
    packed = compress(b"one ") + compress(b"two")
    assert drained(decode(memoryview(packed))) == (b"one two", len(packed))


def test_padding_between_xz_streams_is_passed_over() -> None:
    packed = lzma.compress(b"one ") + bytes(8) + lzma.compress(b"two")
    assert drained(streams.xz(memoryview(packed)))[0] == b"one two"


@pytest.mark.parametrize("form", ["bzip2", "deflate", "gzip", "xz"])
def test_a_truncated_stream_is_a_format_error_after_what_there_was(form: str) -> None:
    compress, decode = FORMS[form]
    for cut in (1, 9):
        with pytest.raises(FormatError):
            drained(decode(memoryview(compress(PLAIN)[:-cut])))


def zip_lzma(plain: bytes, *, dictionary: int | None = None) -> bytes:
    alone = lzma.compress(plain, format=lzma.FORMAT_ALONE)
    size = alone[1:5] if dictionary is None else dictionary.to_bytes(4, "little")
    return b"\x09\x14\x05\x00" + alone[:1] + size + alone[13:]


def test_lzma_members_of_zips_come_back() -> None:
    assert drained(streams.zip_lzma(memoryview(zip_lzma(PLAIN)), len(PLAIN)))[0] == PLAIN


def test_a_dictionary_is_never_larger_than_the_content() -> None:
    packed = zip_lzma(PLAIN, dictionary=0xFFFFFFFF)
    assert drained(streams.zip_lzma(memoryview(packed), len(PLAIN)))[0] == PLAIN
    with pytest.raises(LimitError):
        drained(streams.zip_lzma(memoryview(packed), 1 << 40))


@pytest.mark.parametrize("packed", [b"", b"\0\0\5\0", b"\0\0\6\0" + bytes(20), b"\0\0\5\0\xff" + bytes(20)])
def test_a_broken_lzma_header_is_a_format_error(packed: bytes) -> None:
    with pytest.raises(FormatError):
        drained(streams.zip_lzma(memoryview(packed), 10))


def test_an_xz_that_wants_too_much_memory_is_a_limit_error() -> None:
    packed = bytearray(lzma.compress(b"x", filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}]))
    block = 12
    assert packed[block + 4] == 16, "the dictionary's size code of the LZMA2 filter"
    packed[block + 4] = 40  # 4 GiB - 1
    header = (packed[block] + 1) * 4
    packed[block + header - 4 : block + header] = zlib.crc32(packed[block : block + header - 4]).to_bytes(4, "little")
    with pytest.raises(LimitError):
        drained(streams.xz(memoryview(bytes(packed))))


def test_a_bomb_ends_at_the_limit() -> None:
    with pytest.raises(LimitError):
        streams.end_of(streams.gzip(memoryview(gzip.compress(bytes(1 << 20)))), limit=1000)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(FORMS)), st.integers(0, 1 << 20), st.integers(1, 255))
def test_any_flipped_byte_reads_or_is_a_named_error(form: str, place: int, mask: int) -> None:
    compress, decode = FORMS[form]
    data = bytearray(compress(PLAIN[:500]))
    data[place % len(data)] ^= mask
    try:
        drained(decode(memoryview(bytes(data))))
    except (FormatError, LimitError):
        return


def test_formats_are_told_by_their_first_bytes() -> None:
    for form in ("bzip2", "gzip", "xz"):
        assert streams.format_of(memoryview(FORMS[form][0](b"x"))) == form
    with pytest.raises(FormatError):
        streams.format_of(memoryview(b"PK\3\4"))
