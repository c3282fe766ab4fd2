"""Runs of Base64 or hexadecimal digits inside any bytes, and what they decode to.

A run of a thousand characters has one at every 64th byte: only where sixteen of those in a row are of the alphabet are
the bytes themselves looked at, so that passing over 100 MB costs some hundredths of a second.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from unrig.formats.entropy import nature
from unrig.formats.lazy_numpy import np
from unrig.formats.sniff import sniff
from unrig.model.signature import Nature

STRIDE = 64
IN_A_ROW = 16
SHORTEST = 1024
"""Characters: a key, a hash or a certificate's line is shorter; certificates in PEM say so before they begin."""
SHORTEST_PART = 256
"""Characters of a piece that goes on: what merely follows is shorter as a rule."""
LONGEST_GAP = 16
"""Zeros between two pieces: the end of the text, and what aligns the next one."""
MOST_DECODED = 1 << 20
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=\r\n"
DIGITS = re.compile(rb"[0-9A-Za-z+/_=\r\n-]+")
HEX = re.compile(rb"[0-9A-Fa-f\r\n]+")
PEM = b"-----BEGIN "
BEFORE_PEM = 128
DISTINCT = 12
"""Characters: a run of fewer is padding or a table."""
CLASSES = (re.compile(rb"[a-z]"), re.compile(rb"[A-Z]"), re.compile(rb"[0-9]"))


class Run(Struct, frozen=True, kw_only=True):
    """One run, as it stands and decoded."""

    encoding: str
    offset: int
    length: int
    decoded_as: str
    """A format as `sniff` tells it, opaque or text; empty where it does not decode."""
    uniform: bool


def encoded_runs(data: memoryview, offset: int, length: int) -> Iterator[Run]:
    """Yield the runs in a range in their order; certificates and keys in PEM are not among them."""
    done = offset
    for at in _candidates(data, offset, length):
        if at < done:
            continue
        start = max(done, at - STRIDE)
        start += len(bytes(data[start:at]).rstrip(_ALPHABET))
        match = DIGITS.match(data, start, min(offset + length, start + MOST_DECODED))
        done = match.end() if match else at + STRIDE
        if match is None or len(match.group()) < SHORTEST:
            continue
        parts, done = _joined(data, match, offset + length)
        before = bytes(data[max(0, start - BEFORE_PEM) : start])
        if PEM not in before and (run := read_run(b"".join(parts), start)):
            yield msgspec.structs.replace(run, length=done - start)


def _joined(data: memoryview, first: re.Match[bytes], end: int) -> tuple[list[bytes], int]:
    """Return a run with those that go on behind some zeros, and where the last one ends.

    A compiler takes no text of 16 KiB or more (Microsoft's C2026), so a long encoding stands there as an array of
    texts: of shiboken6's zip of 60 KB only the first piece says what it is.
    """
    parts, at = [first.group()], first.end()
    while not parts[-1].rstrip().endswith(b"=") and at - first.start() < MOST_DECODED:
        gap = len(bytes(data[at : min(at + LONGEST_GAP, end)])) - len(bytes(data[at : at + LONGEST_GAP]).lstrip(b"\0"))
        more = DIGITS.match(data, at + gap, min(end, at + gap + MOST_DECODED)) if gap > 0 else None
        if more is None or len(more.group()) < SHORTEST_PART:
            break
        parts.append(more.group())
        at = more.end()
    return parts, at


def read_run(text: bytes, offset: int) -> Run | None:
    """Return what a run of digits says, or None where it is no encoding: words, names, padding."""
    if len(set(text)) < DISTINCT:
        return None
    if HEX.fullmatch(text):
        decoded = _unhex(text)
        return _run("hex", text, offset, decoded) if decoded else None
    if not all(some.search(text[:SHORTEST]) for some in CLASSES):
        return None
    decoded = decode_base64(text)
    return _run("base64", text, offset, decoded) if decoded else None


def _run(encoding: str, text: bytes, offset: int, decoded: bytes) -> Run:
    return Run(
        encoding=encoding,
        offset=offset,
        length=len(text),
        decoded_as=sniff(memoryview(decoded)),
        uniform=nature(decoded) is Nature.RANDOM,
    )


def decode_base64(text: bytes) -> bytes:
    """Return what Base64 of either alphabet says, a rest that fills no group left out; nothing where it is none."""
    digits = text[:MOST_DECODED].translate(None, b"\r\n\t =")
    digits = digits.replace(b"-", b"+").replace(b"_", b"/")
    try:
        return base64.b64decode(digits[: len(digits) // 4 * 4], validate=True)
    except binascii.Error:
        return b""


def _unhex(text: bytes) -> bytes:
    digits = text[:MOST_DECODED].translate(None, b"\r\n\t ")
    try:
        return bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))
    except ValueError:
        return b""


def _candidates(data: memoryview, offset: int, length: int) -> Iterator[int]:
    """Yield where sixteen samples in a row are of the alphabet."""
    known = np.zeros(256, dtype=bool)
    known[np.frombuffer(_ALPHABET, dtype=np.uint8)] = True
    samples = known[np.frombuffer(data, dtype=np.uint8, count=length, offset=offset)[::STRIDE]]
    sums = np.concatenate(([0], np.cumsum(samples)))
    for index in np.flatnonzero(sums[IN_A_ROW:] - sums[:-IN_A_ROW] == IN_A_ROW):
        yield offset + int(index) * STRIDE
