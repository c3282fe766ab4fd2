"""Entropy, what bytes look like, and their windows."""

from __future__ import annotations

import hashlib
import math
import random
import struct
import zlib
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.drill.build.payload import Kind, payload
from unrig.formats.entropy import STEP, count, entropy, is_uniform, measure, nature, span
from unrig.model.signature import Nature

LENGTHS = (32, 48, 64, 100, 256, 1000, 4096, 70_000)
SENTENCE = b"In a hole in the ground there lived a hobbit. "


def plain_entropy(data: bytes) -> float:
    return -sum(n / len(data) * math.log2(n / len(data)) for n in Counter(data).values())


def drawn(seed: int, length: int) -> bytes:
    return random.Random(seed).randbytes(length)


def is_random_share(samples: list[bytes]) -> float:
    return sum(nature(sample) is Nature.RANDOM for sample in samples) / len(samples)


@given(st.binary(max_size=600))
def test_entropy_is_shannons(data: bytes) -> None:
    assert entropy(data) == pytest.approx(plain_entropy(data) if data else 0.0, abs=1e-9)
    assert count(data).tolist() == [data.count(value) for value in range(256)]


@pytest.mark.parametrize("length", [0, 1, STEP - 1, STEP, STEP + 1, 3 * STEP + 7])
def test_bytes_are_counted_over_the_ends_of_steps(length: int) -> None:
    data = drawn(length, length)
    assert int(count(memoryview(data)).sum()) == length
    assert entropy(memoryview(data)) == pytest.approx(plain_entropy(data) if data else 0.0, abs=1e-9)


def test_entropy_has_its_known_ends() -> None:
    assert entropy(bytes(range(256)) * 3) == 8.0
    assert entropy(b"\0" * 1000) == 0.0
    assert entropy(b"ab") == 1.0


@pytest.mark.parametrize("length", LENGTHS)
def test_random_bytes_are_random_at_every_length(length: int) -> None:
    samples = [drawn(seed, length) for seed in range(300 if length < 5000 else 20)]
    assert is_random_share(samples) >= 0.98


@pytest.mark.parametrize("length", [16, 20, 32])
def test_digests_are_random(length: int) -> None:
    samples = [hashlib.sha256(str(number).encode()).digest()[:length] for number in range(400)]
    assert is_random_share(samples) >= 0.98


def test_compressed_data_is_random() -> None:
    words = [drawn(seed, 3).hex() for seed in range(400)]
    picker = random.Random(5)
    text = " ".join(picker.choice(words) for _ in range(60_000)).encode()
    packed = zlib.compress(text, 9)
    assert nature(packed) is Nature.RANDOM


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize(
    "pattern",
    [
        bytes(range(256)),
        struct.pack("<64I", *range(0, 64 * 7, 7)),
        b"\x48\x89\x5c\x24\x08\x57\x48\x83\xec\x20\x48\x8b\xd9\x33\xff\x48\x8d\x0d\x10\x20\x30\x00\xe8\x11\x22\x00\x00",
        SENTENCE.decode().encode("utf-16-le"),
        bytes(value * 167 % 256 for value in range(256)),
        b"\x00\x01",
    ],
    ids=["counter", "table", "code", "utf-16", "permutation", "bits"],
)
def test_patterns_are_structured(pattern: bytes, length: int) -> None:
    data = (pattern * (length // len(pattern) + 1))[:length]
    assert nature(data) is Nature.STRUCTURED


def test_text_is_ascii_even_with_zeros_behind_it() -> None:
    assert nature(SENTENCE) is Nature.ASCII
    assert nature(SENTENCE + bytes(4000)) is Nature.ASCII
    assert nature(b"tag\0") is Nature.ASCII
    assert nature(SENTENCE * 10 + b"\xff" * 10) is Nature.ASCII
    assert nature(SENTENCE + b"\xff" * 10) is Nature.STRUCTURED
    assert nature(drawn(3, 500).hex().encode()) is Nature.ASCII


def test_zeros_and_nothing_are_zeros() -> None:
    assert nature(b"") is Nature.ZEROS
    assert nature(bytes(7)) is Nature.ZEROS
    assert nature(bytes(100_000)) is Nature.ZEROS
    assert nature(bytes(1000) + b"\1") is Nature.STRUCTURED


def test_random_bytes_stay_so_behind_a_marker_and_before_zeros() -> None:
    assert nature(payload(3, 4096, Kind.RANDOM)) is Nature.RANDOM
    assert nature(drawn(1, 4096) + bytes(4096)) is Nature.RANDOM
    assert nature(SENTENCE * 100 + drawn(1, 4096)) is Nature.STRUCTURED


def test_below_sixteen_bytes_nothing_is_random() -> None:
    assert {nature(drawn(seed, 15)) for seed in range(200)} == {Nature.STRUCTURED}


def test_drill_payloads_look_like_their_kind() -> None:
    kinds = {Kind.RANDOM: Nature.RANDOM, Kind.ASCII: Nature.ASCII, Kind.STRUCTURED: Nature.STRUCTURED}
    for kind, expected in kinds.items():
        assert {nature(payload(seed, 2000, kind)) for seed in range(20)} == {expected}


def test_histograms_too_uneven_and_too_even_are_not_uniform() -> None:
    assert not is_uniform(np.full(256, 100))
    assert not is_uniform(np.array([1000, *[0] * 255]))
    assert is_uniform(count(drawn(2, 25_600)))


@given(st.binary(max_size=900), st.integers(-5, 1000), st.integers(-5, 1000))
def test_measures_are_cut_to_the_data(data: bytes, offset: int, length: int) -> None:
    part = data[max(0, offset) : max(0, offset) + max(0, length)]
    got = measure(memoryview(data), offset, length)
    assert got.span == span(memoryview(data), offset, length)
    assert got.span.length == len(part)
    assert got.span.window == part[:256].hex()
    assert got.span.sha256 == hashlib.sha256(part).hexdigest()
    assert got.nonzero == len(part) - part.count(0)
    assert got.nature is nature(part)
    assert got.entropy == entropy(part)


def test_short_bytes_that_use_few_halves_are_not_random() -> None:
    high = [bytes(0x80 | value & 0x3F for value in drawn(seed, 32)) for seed in range(200)]
    low = [bytes(value & 0xF3 for value in drawn(seed, 32)) for seed in range(200)]
    assert is_random_share(high) < 0.05
    assert is_random_share(low) < 0.05


@pytest.mark.parametrize(
    ("data", "text", "dense"),
    [
        (b"word " * 40, 200, 0),
        (b"x" * 47 + b" ", 48, 0),
        (b"x" * 48 + b" ", 49, 48),
        (b"x" * 40 + b"&" + b"y" * 60, 101, 60),
        (b"ab" * 500, 1000, 1000),
        ((b"QUJD" * 19 + b"\n") * 3, 231, 228),
        (b"text " * 40 + b"\x01" * 4, 200, 0),
        (bytes(64), 0, 0),
        (bytes(range(256)), 0, 0),
    ],
)
def test_text_and_what_of_it_is_dense(data: bytes, text: int, dense: int) -> None:
    told = measure(memoryview(data), 0, len(data))
    assert (told.text, told.dense) == (text, dense)
