"""Code without addresses: what a linker chose is gone, what a programmer chose stays, in every way it can be encoded."""

from __future__ import annotations

import hashlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.formats import code_normal, lazy_capstone
from unrig.formats.code_normal import Bounds, normalise

LONG = Bounds(64, 0x180000000, 0x100000)
SHORT = Bounds(32, 0x400000, 0x100000)

MASKED = {
    "call": ("e800100000", "e800000000"),
    "jump out of the function": ("e900100000", "e900000000"),
    "conditional jump out of it": ("0f8500100000", "0f8500000000"),
    "jump with a prefix": ("f2e900100000", "f2e900000000"),
    "load relative to the instruction": ("488b0500200000", "488b0500000000"),
    "the same with SSE": ("660f6f0500300000", "660f6f0500000000"),
    "the same with AVX in two bytes": ("c5f96f0500300000", "c5f96f0500000000"),
    "the same with AVX in three bytes": ("c4e2791805" + "00300000", "c4e279180500000000"),
    "the same with AVX-512": ("62f17c482805" + "00300000", "62f17c48280500000000"),
    "a displacement and a constant that may be an address": ("48c7050030000078560000", "48c705" + "00" * 8),
    "a displacement and a constant that is none": ("f7050030000001000000", "f7050000000001000000"),
    "a displacement before a byte": ("660f3a0f050030000008", "660f3a0f050000000008"),
    "an offset of the image": ("b800200000", "b800000000"),
    "an address of the image": ("48b80010008001000000", "48b8" + "00" * 8),
    "a table behind a base": ("8b848100200000", "8b848100000000"),
    "a table without a base": ("8b04c500200000", "8b04c500000000"),
    "a negative offset": ("8b840000f0ffff", "8b840000000000"),
}
KEPT = {
    "a small constant": "b805000000",
    "a constant that is too large": "b800001000",
    "a constant in an addition": "81c200010000",
    "a displacement in a structure": "8b848100010000",
    "a byte": "83c07f",
    "a bit": "0fbae005",
    "a call through a register": "ffd0",
    "a wide constant": "48b8efcdab8967452301",
    "no operands": "c5f877",
    "a return": "c3",
}
SHORT_MASKED = {
    "an absolute address": ("8b0d00204000", "8b0d00000000"),
    "a constant that is one": ("6800204000", "6800000000"),
    "a far pointer's": ("c50500204000", "c50500000000"),
    "a stored one": ("a100204000", "a100000000"),
}


def told(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=code_normal.HASH_BYTES).hexdigest()


@pytest.mark.parametrize("name", MASKED)
def test_what_a_linker_chose_is_gone(name: str) -> None:
    code, masked = map(bytes.fromhex, MASKED[name])
    (found,) = normalise([code], LONG)
    assert (found.hash, found.decoded) == (told(masked), len(code))


@pytest.mark.parametrize("name", KEPT)
def test_what_a_programmer_chose_stays(name: str) -> None:
    code = bytes.fromhex(KEPT[name])
    (found,) = normalise([code], LONG)
    assert (found.hash, found.decoded) == (told(code), len(code))


@pytest.mark.parametrize("name", SHORT_MASKED)
def test_the_same_in_32_bit_code(name: str) -> None:
    code, masked = map(bytes.fromhex, SHORT_MASKED[name])
    (found,) = normalise([code], SHORT)
    assert (found.hash, found.decoded) == (told(masked), len(code))


def test_a_jump_within_the_function_stays_and_another_one_is_another_function() -> None:
    near, far = bytes.fromhex("0f840100000090c3"), bytes.fromhex("0f840000000090c3")
    assert [each.hash for each in normalise([near, far], LONG)] == [told(near), told(far)]


def test_what_is_no_instruction_is_hashed_as_it_is_and_ends_nothing() -> None:
    code = bytes.fromhex("b8002000000600200000")
    (found,) = normalise([code], LONG)
    assert (found.decoded, found.ends) == (5, False)
    assert found.hash == told(bytes.fromhex("b8000000000600200000"))


@pytest.mark.parametrize(("code", "ends"), [("c3", True), ("f2c3", True), ("ffe0", True), ("cc", True), ("90", False)])
def test_what_ends_a_function(code: str, ends: bool) -> None:
    (found,) = normalise([bytes.fromhex(code)], LONG)
    assert found.ends is ends


def test_nothing_is_nothing() -> None:
    assert normalise([], LONG) == []
    (empty,) = normalise([b""], LONG)
    assert (empty.decoded, empty.ends, empty.hash) == (0, False, told(b""))


PIECES = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.lists(st.sampled_from([*KEPT.values(), *(code for code, _ in MASKED.values())]), max_size=6).map(
            lambda parts: bytes.fromhex("".join(parts))
        ),
    ),
    max_size=12,
)


@given(PIECES, st.sampled_from([LONG, SHORT]))
@settings(deadline=None, max_examples=80)
def test_each_function_for_itself_whatever_stands_beside_it(pieces: list[bytes], bounds: Bounds) -> None:
    together = normalise(pieces, bounds)
    assert together == [one for piece in pieces for one in normalise([piece], bounds)]
    assert all(0 <= found.decoded <= len(piece) for found, piece in zip(together, pieces, strict=True))


@given(st.binary(max_size=60), st.sampled_from([32, 64]))
@settings(deadline=None, max_examples=60)
def test_the_sizes_are_those_of_the_binding(code: bytes, bits: int) -> None:
    told = list(lazy_capstone.x86(bits).disasm_lite(code, 0))
    found = lazy_capstone.decoded(bits, code)
    assert (found.sizes.tolist(), found.last) == ([each[1] for each in told], told[-1][2] if told else "")


def test_in_groups_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(5)
    pieces = [draw.randbytes(draw.randrange(90)) for _ in range(40)]
    whole = normalise(pieces, LONG)
    monkeypatch.setattr(code_normal, "AT_ONCE", 100)
    assert normalise(pieces, LONG) == whole


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("base", [1 << 63, (1 << 64) - 1, 0])
def test_a_base_that_no_image_has_is_no_defect(bits: int, base: int) -> None:
    """A header may say any 64 bits, numpy's numbers have a sign."""
    code = bytes.fromhex("b800200000c3")
    assert len(normalise([code], Bounds(bits, base, 0x100000))) == 1
