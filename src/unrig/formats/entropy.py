"""The shared measure of bytes: Shannon entropy, what bytes look like, and the window that evidence shows of them.

Whether bytes are as uniform as random ones is asked by counting coincidences: pairs of equal values (Friedman's index
of coincidence). Among n equally likely values of k classes their mean is n(n - 1)/2k and their variance exactly
(1 - 1/k) times that, for every n, so one formula serves 16 bytes and 16 MiB. It is Pearson's chi-square in other words
(chi-square = k(n + 2 pairs)/n - n; its exact moments: Haldane 1937, Biometrika 29), nearly Poisson for short data.

Measured on 400 samples a length: `os.urandom` passes in 99.5 to 100 % from 16 bytes on, LZMA in 98.5 %, deflate and
bzip2 of programs in 83 to 100 %. Machine code of Qt5Core.dll passes in 51 % at 16 bytes, 27 % at 24, 6 % at 32 and
0 % from 64 on (1,000 samples each): of fewer than 64 bytes RANDOM says only that they may be a key or a hash.
"""

from __future__ import annotations

import hashlib
import math
import re
from typing import TYPE_CHECKING, TypeAlias

from unrig.formats.lazy_numpy import np
from unrig.model.place import WINDOW_BYTES, Span
from unrig.model.signature import Bytes, Nature

if TYPE_CHECKING:
    from numpy.typing import NDArray

Counts: TypeAlias = "NDArray[np.int64]"
"""256 numbers: how often each byte value occurs."""

STEP = 1 << 16  # bincount widens to eight bytes each: 64 KiB stay in the cache (105 MB: 0.18 s, in one piece 0.67 s)
PRINTABLE = (9, 10, 13, *range(32, 127))
"""Tab, line ends and what ASCII prints."""
ASCII_SHARE = 0.95
MIN_RANDOM = 16  # MD5's length; below it any distinct values pass
FILLING = 4  # so many zeros end random bytes by chance once in 2^32
TOLERANCE = 0.07  # more coincidences than uniform: a deficit of 0.05 bits a byte, which compressed data has
SIGMAS = 4
DENSE = re.compile(rb"[!#-%(-:=?-z~]{48,}")
"""Words of 48 characters without blanks, quotes, `&;<>{|}`. MIME and PEM break Base64 at 76 and 64 (RFC 2045, 7468)."""
SLACK_PAIRS = 2  # the Poisson tail of short data: 16 random bytes hold 0.5 pairs, above 4.2 once in 5,000


def count(data: bytes | memoryview) -> Counts:
    """Return how often each byte value occurs."""
    values = np.frombuffer(data, dtype=np.uint8)
    totals = np.zeros(256, dtype=np.int64)
    for start in range(0, len(values), STEP):
        totals += np.bincount(values[start : start + STEP], minlength=256)
    return totals


def entropy_of(counts: Counts) -> float:
    """Return the Shannon entropy of a histogram in bits a byte, 0.0 for an empty one."""
    present = counts[counts > 0]
    total = int(present.sum())
    if total == 0:
        return 0.0
    return max(0.0, math.log2(total) - float((present * np.log2(present)).sum()) / total)


def entropy(data: bytes | memoryview) -> float:
    """Return the Shannon entropy in bits a byte: 0.0 (one value, or nothing) to 8.0."""
    return entropy_of(count(data))


def nature(data: bytes | memoryview) -> Nature:
    """Return what bytes look like; zeros that fill up their end are not judged. No bytes at all are zeros.

    ASCII is at least 95 % printable characters. RANDOM are 16 bytes or more that are uniform one by one, in each
    half of a byte and in the differences between neighbours (which counters and tables are not). It says nothing
    of the parts: random bytes behind as much text are STRUCTURED.
    """
    whole = bytes(data)
    body = whole.rstrip(b"\0")
    if not body:
        return Nature.ZEROS
    counts = count(body)
    if int(counts[list(PRINTABLE)].sum()) >= ASCII_SHARE * len(body):
        return Nature.ASCII
    return Nature.RANDOM if _is_random(body if len(whole) - len(body) >= FILLING else whole) else Nature.STRUCTURED


def is_uniform(counts: Counts) -> bool:
    """Tell whether a histogram is one that equally likely values give."""
    classes, total = len(counts), int(counts.sum())
    pairs = int((counts * (counts - 1)).sum()) / 2
    mean = total * (total - 1) / (2 * classes)
    slack = SIGMAS * math.sqrt(mean * (1 - 1 / classes)) + SLACK_PAIRS
    return mean - slack <= pairs <= mean * (1 + TOLERANCE) + slack


def measure(data: memoryview, offset: int, length: int) -> Bytes:
    """Return a range of bytes with its window, hash and what it looks like; the range is cut to the data."""
    where = span(data, offset, length)
    part = data[where.offset : where.offset + where.length]
    counts = count(part)
    kind = nature(part)
    return Bytes(
        span=where,
        nature=kind,
        entropy=entropy_of(counts),
        nonzero=where.length - int(counts[0]),
        text=int(counts[list(PRINTABLE)].sum()) if kind is Nature.ASCII else 0,
        dense=sum(len(word.group()) for word in DENSE.finditer(part)) if kind is Nature.ASCII else 0,
    )


def span(data: memoryview, offset: int, length: int) -> Span:
    """Return a range with the hex of its first 256 bytes and its SHA-256; the range is cut to the data."""
    start = min(max(0, offset), len(data))
    part = data[start : min(len(data), start + max(0, length))]
    return Span(
        offset=start,
        length=len(part),
        window=bytes(part[:WINDOW_BYTES]).hex(),
        sha256=hashlib.sha256(part).hexdigest(),
    )


def _is_random(body: bytes) -> bool:
    """Tell whether bytes, their halves and the differences of neighbours are all uniform."""
    if len(body) < MIN_RANDOM:
        return False
    counts = count(body)
    halves = counts.reshape(16, 16)
    if not (is_uniform(counts) and is_uniform(halves.sum(axis=1)) and is_uniform(halves.sum(axis=0))):
        return False
    return is_uniform(_differences(body))


def _differences(body: bytes) -> Counts:
    """Return how often each difference between neighbouring bytes occurs, modulo 256."""
    values = np.frombuffer(body, dtype=np.uint8)
    totals = np.zeros(256, dtype=np.int64)
    for start in range(0, len(values), STEP):
        part = values[start : start + STEP + 1]
        totals += np.bincount(part[1:] - part[:-1], minlength=256)
    return totals
