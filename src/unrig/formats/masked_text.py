"""Known texts under exclusive or: the stub of a program, and addresses.

What two neighbours have in common does not depend on a one-byte key: the differences of `This program cannot` are the
same under every one of the 256. So one search in the differences finds all keys, the key 0 being the text itself; and
where each byte was masked with the one before it, the text stands in the differences as it is. For keys of several
bytes the same holds of bytes that are so far apart as the key is long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice

from msgspec import Struct

from unrig.formats.lazy_numpy import np

STUB = b"This program cannot be run in DOS mode"
"""What Microsoft's linkers, MinGW's and lld's put into every program; others have `must be run under`."""
ADDRESS = b"http"
STEP = 1 << 18
LONGEST_KEY = 16
REPEATING = range(2, LONGEST_KEY + 1)
MOST_REPEATING = 1 << 20
"""Bytes of a range that are searched for keys of several bytes: fifteen passes at 1 GB/s each."""
MOST = 64
HOST = re.compile(rb"https?://[A-Za-z0-9][A-Za-z0-9.-]{2,}\.[A-Za-z]{2,}(?=[/:?#\"'\s\0]|[^A-Za-z0-9.-])[!-~]{0,64}")


class Mask(Struct, frozen=True, kw_only=True):
    """One masked text; the key of a program's stub in the open is `00`."""

    what: str
    """program or address."""
    method: str
    """plain, one byte, chained, repeating."""
    key: str
    text: str
    offset: int
    length: int


def masked(data: memoryview) -> Iterator[Mask]:
    """Yield stubs of programs, masked by one byte, chained or in the open, and masked addresses; at most 64."""
    yield from islice(_searched(data), MOST)


def repeating(data: memoryview, offset: int, length: int) -> Iterator[Mask]:
    """Yield stubs of programs in a range that a key of 2 to 16 bytes masks."""
    part = data[offset : offset + min(length, MOST_REPEATING)]
    if len(part) < len(STUB):
        return
    for size, wanted in _wanted():
        for at in _at_distance(part, size, wanted):
            key = bytes(a ^ b for a, b in zip(part[at : at + size], STUB, strict=False))
            if len(set(key)) > 1:
                yield Mask(
                    what="program",
                    method="repeating",
                    key=key.hex(),
                    text=STUB.decode(),
                    offset=offset + at,
                    length=len(STUB),
                )
                return


@cache
def _wanted() -> tuple[tuple[int, bytes], ...]:
    """Return each length of a key with what the stub's bytes so far apart have in common, all equally long."""
    shortest = len(STUB) - LONGEST_KEY
    return tuple((size, bytes(a ^ b for a, b in zip(STUB[size:], STUB, strict=False))[:shortest]) for size in REPEATING)


def _searched(data: memoryview) -> Iterator[Mask]:
    for start, differences in _differences(data, 1):
        yield from _stubs(data, start, differences)
        yield from _addresses(data, start, differences)
        if STUB in differences:
            at = start + differences.find(STUB) + 1
            yield Mask(what="program", method="chained", key="", text=STUB.decode(), offset=at, length=len(STUB))


def _stubs(data: memoryview, start: int, differences: bytes) -> Iterator[Mask]:
    for at in _places(differences, _delta(STUB)):
        key = data[start + at] ^ STUB[0]
        method = "one byte" if key else "plain"
        yield Mask(
            what="program", method=method, key=f"{key:02x}", text=STUB.decode(), offset=start + at, length=len(STUB)
        )


def _addresses(data: memoryview, start: int, differences: bytes) -> Iterator[Mask]:
    """Yield what is an address with a whole host under one key that is not 0."""
    for match in _address_differences().finditer(differences):
        at = match.start()
        key = data[start + at] ^ ord("h")
        if key == 0:
            continue
        text = bytes(byte ^ key for byte in data[start + at : start + at + 192])
        host = HOST.match(text)
        if host:
            said = host.group()[:64].decode("ascii")
            yield Mask(
                what="address",
                method="one byte",
                key=f"{key:02x}",
                text=said,
                offset=start + at,
                length=len(host.group()),
            )


@cache
def _address_differences() -> re.Pattern[bytes]:
    """Return a search for so short a text: twice as fast as `bytes.find`, which is for longer ones."""
    return re.compile(re.escape(_delta(ADDRESS)), re.DOTALL)


def _places(where: bytes, wanted: bytes) -> Iterator[int]:
    at = where.find(wanted)
    while at >= 0:
        yield at
        at = where.find(wanted, at + 1)


def _delta(text: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(text[1:], text, strict=False))


def _differences(data: memoryview, distance: int) -> Iterator[tuple[int, bytes]]:
    """Yield pieces of the differences of bytes that far apart, each with its offset; they overlap by a stub's length."""
    values, differ = np.frombuffer(data, dtype=np.uint8), np.bitwise_xor
    for start in range(0, max(0, len(values) - distance), STEP):
        end = min(start + STEP + len(STUB), len(values) - distance)
        yield start, differ(values[start + distance : end + distance], values[start:end]).tobytes()


def _at_distance(data: memoryview, distance: int, wanted: bytes) -> Iterator[int]:
    for start, differences in _differences(data, distance):
        for at in _places(differences, wanted):
            yield start + at
