"""Where, inside a larger range, bytes are as uniform as encrypted ones, and whether a known compression begins there.

Blocks of 4 KiB are sifted by two counts that cost little (zeros, and bytes with the high bit), and what is left is
asked by `entropy.is_uniform`. Compressed data passes too, so a run in which, or shortly before which, a known
compressed format begins is not kept; zlib, whose two bytes are everywhere, counts only where it inflates.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from ahocorasick_rs import BytesAhoCorasick
from msgspec import Struct

from unrig.formats.entropy import count, is_uniform
from unrig.formats.lazy_numpy import np

BLOCK = 4096
STEP = 64  # blocks at a time: a quarter of a MiB stays in the cache
FEW_ZEROS, MANY_ZEROS = 2, 40
"""Of 4,096 uniform bytes 16 are zeros, with a standard deviation of 4; of code and tables more, of text none."""
FEW_HIGH, MANY_HIGH = 1_880, 2_216
"""Of 4,096 uniform bytes 2,048 have the high bit, with a standard deviation of 32; five of them either way."""
GAP = 4 * BLOCK
"""Bytes between two runs that are still one: a block of a compressed file may fail the measure."""
BEFORE = 2 * BLOCK
"""Bytes before a run in which its compression may begin: a block that holds both header and data may not be uniform."""
INFLATED = 256
"""Bytes that a candidate must give to count as zlib: random ones end with an error within a few."""
COMPRESSED = re.compile(
    rb"\x89PNG\r\n|\xff\xd8\xff[\xdb\xe0\xe1\xee]|\x1f\x8b\x08[\0-\x1f]...[\x40-\x7f\0]|\x28\xb5\x2f\xfd|\xfd7zXZ\0|\x5d\0\0[\x01-\x80]\0|BZh[1-9]1AY|7z\xbc\xaf"
    rb"|PK\x03\x04|MSCF\0\0\0\0|OggS|wOF[2F]|RIFF|fLaC|ID3[\x02-\x04]|....ftyp|Rar!\x1a|\x04\x22\x4d\x18|UPX!"
    rb"|GIF8[79]a|LZIP|\x1a\x45\xdf\xa3|ITSF|LZX"
)
"""How PNG, JPEG, gzip, Zstandard, xz, LZMA, bzip2, 7z, ZIP, CAB, Ogg, WOFF, RIFF, FLAC, MP3, MP4, RAR, LZ4, UPX, GIF,
lzip, Matroska and CHM begin."""
BEGINNINGS = BytesAhoCorasick(
    [
        *(b"\x89PNG\r\n", b"\xff\xd8\xff", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\0", b"\x5d\0\0", b"BZh"),
        *(
            b"7z\xbc\xaf",
            b"PK\x03\x04",
            b"MSCF\0\0\0\0",
            b"OggS",
            b"wOF",
            b"RIFF",
            b"fLaC",
            b"ID3",
            b"ftyp",
            b"Rar!\x1a",
        ),
        *(b"\x04\x22\x4d\x18", b"UPX!", b"GIF8", b"LZIP", b"\x1a\x45\xdf\xa3", b"ITSF", b"LZX"),
    ]
)
"""A literal of each alternative of COMPRESSED: found in vector steps, where the expression alone takes 45 ns a byte."""
AROUND = 16
"""Bytes on either side of its literal that hold a whole beginning."""
ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")


class UniformRun(Struct, frozen=True, kw_only=True):
    """One run of uniform blocks."""

    offset: int
    length: int


def uniform_runs(data: memoryview, offset: int, length: int) -> Iterator[UniformRun]:
    """Yield the runs of two or more uniform blocks in a range, without those that a known compression explains."""
    for run in _merged(_blocks(data, offset, length)):
        if run.length >= 2 * BLOCK and not is_compressed(
            data, max(offset, run.offset - BEFORE), run.offset + run.length
        ):
            yield run


def is_compressed(data: memoryview, start: int, end: int) -> bool:
    """Tell whether a known compressed format begins in a range."""
    hits = BEGINNINGS.find_matches_as_indexes(data[start:end], overlapping=True)
    if any(
        COMPRESSED.search(data, max(start, start + at - AROUND), min(end, start + at + AROUND)) for _, at, _ in hits
    ):
        return True
    return any(_inflates(data, match.start()) for match in ZLIB.finditer(data, start, end))


def _inflates(data: memoryview, at: int) -> bool:
    try:
        return len(zlib.decompressobj().decompress(data[at : at + BLOCK], INFLATED)) == INFLATED
    except zlib.error:
        return False


def _blocks(data: memoryview, offset: int, length: int) -> Iterator[int]:
    """Yield the offsets of the uniform blocks."""
    blocks = np.frombuffer(data, dtype=np.uint8, count=length // BLOCK * BLOCK, offset=offset).reshape(-1, BLOCK)
    for start in range(0, len(blocks), STEP):
        part = blocks[start : start + STEP]
        zeros = BLOCK - np.count_nonzero(part, axis=1)
        sifted = np.flatnonzero((zeros >= FEW_ZEROS) & (zeros <= MANY_ZEROS))
        for index in sifted:
            high = int(np.count_nonzero(part[index] & 0x80))
            if FEW_HIGH <= high <= MANY_HIGH and is_uniform(count(part[index])):
                yield offset + (start + int(index)) * BLOCK


def _merged(blocks: Iterator[int]) -> Iterator[UniformRun]:
    start = end = -1
    for at in blocks:
        if start < 0 or at > end + GAP:
            if end > start:
                yield UniformRun(offset=start, length=end - start)
            start = at
        end = at + BLOCK
    if end > start:
        yield UniformRun(offset=start, length=end - start)
