from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.formats.masked_text import MOST, STEP, STUB, Mask, masked, repeating

NOISE = random.Random(7).randbytes(5000)


def all_of(data: bytes) -> list[Mask]:
    return list(masked(memoryview(data)))


def under(text: bytes, key: bytes) -> bytes:
    return bytes(byte ^ key[index % len(key)] for index, byte in enumerate(text))


@pytest.mark.parametrize("key", [1, 0x20, 0x5A, 255])
def test_a_stub_under_one_byte_is_found_with_its_key(key: int) -> None:
    (mask,) = all_of(NOISE + under(STUB, bytes([key])) + NOISE)
    assert (mask.what, mask.method, mask.key) == ("program", "one byte", f"{key:02x}")
    assert (mask.offset, mask.length) == (len(NOISE), len(STUB))


def test_a_stub_in_the_open_is_plain() -> None:
    (mask,) = all_of(NOISE + STUB)
    assert (mask.method, mask.key) == ("plain", "00")


def test_a_stub_chained_with_the_byte_before_is_found() -> None:
    chained, before = bytearray(), 0x41
    for byte in STUB:
        before ^= byte
        chained.append(before)
    (mask,) = all_of(NOISE + b"\x41" + bytes(chained) + NOISE)
    assert (mask.what, mask.method, mask.offset) == ("program", "chained", len(NOISE) + 1)


def test_a_masked_address_needs_a_whole_host() -> None:
    whole = under(b"https://updates.example.invalid/feed?id=1 ", b"\x33")
    (mask,) = all_of(NOISE + whole + NOISE)
    assert (mask.what, mask.key) == ("address", "33")
    assert mask.text.startswith("https://updates.example.invalid/feed")
    assert all_of(NOISE + under(b"https://, http", b"\x33") + NOISE) == []


def test_addresses_in_the_open_are_none() -> None:
    assert all_of(b"see https://updates.example.invalid/feed and http://example.invalid/ " * 9) == []


def test_a_stub_across_two_pieces_is_found_once_or_more() -> None:
    data = bytearray(STEP + 1000)
    data[STEP - 10 : STEP - 10 + len(STUB)] = under(STUB, b"\x77")
    assert {mask.offset for mask in all_of(bytes(data))} == {STEP - 10}


def test_no_more_are_kept_than_anybody_reads() -> None:
    assert len(all_of(under(STUB, b"\x09") * (MOST + 9))) == MOST


@pytest.mark.parametrize("size", [2, 3, 4, 7, 16])
def test_a_repeating_key_is_found(size: int) -> None:
    key = bytes(range(0x51, 0x51 + size))
    data = NOISE + under(STUB, key) + NOISE
    (mask,) = repeating(memoryview(data), 100, len(data) - 100)
    assert (mask.method, mask.offset) == ("repeating", len(NOISE))
    assert under(STUB, bytes.fromhex(mask.key)) == under(STUB, key)


def test_a_key_that_does_not_repeat_within_reach_is_not_found() -> None:
    data = NOISE + under(STUB, bytes(range(17, 17 + len(STUB)))) + NOISE
    assert list(repeating(memoryview(data), 0, len(data))) == []
    assert list(repeating(memoryview(data), len(data) - 8, 8)) == []


@given(data=st.binary(max_size=400))
@settings(deadline=None, max_examples=60)
def test_any_bytes_can_be_searched(data: bytes) -> None:
    for mask in all_of(data) + list(repeating(memoryview(data), 0, len(data))):
        assert 0 <= mask.offset <= len(data) - mask.length


@given(key=st.binary(min_size=2, max_size=16).filter(lambda key: len(set(key)) > 1), before=st.binary(max_size=64))
@settings(deadline=None, max_examples=40)
def test_every_key_of_up_to_16_bytes_is_found(key: bytes, before: bytes) -> None:
    data = memoryview(before + under(STUB, key) + bytes(40))
    assert any(mask.offset == len(before) for mask in repeating(data, 0, len(data)))
