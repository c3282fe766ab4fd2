"""LZX as cabinets have it ([MS-PATCH] 2, "Microsoft LZX Data Compression Format"): windows of 32 KiB to 2 MiB.

One block of a cabinet holds one frame of 32 KiB of plain bytes; the stream is aligned behind each.
Measured (CPU, Python 3.11): 7.0 MB of plain bytes a second for libc and libstdc++, 7.8 for Python's source text, 150
for zeros.
"""

from __future__ import annotations

import struct

from unrig.formats.lzx_bits import LENGTH_MASK, LOWEST, SYMBOL_SHIFT, WORD, Bits, Table, delta_lengths
from unrig.model.errors import FormatError

VERBATIM, ALIGNED, UNCOMPRESSED = 1, 2, 3
SLOTS = {15: 30, 16: 32, 17: 34, 18: 36, 19: 38, 20: 42, 21: 50}
"""Position slots by the window's bits ([MS-PATCH] 2.1)."""
CHARS, LENGTHS = 256, 249
LENGTH_FOLLOWS = 9  # 7 in the main symbol, to which 2 is added
LONGEST_EXTRA = 17
LONGEST_MATCH = 16 + 16 + LONGEST_EXTRA - 3 + 7  # bits: two codes, what follows them, and its last three as a code of 7
EXTRA = (0, 0, *(min(LONGEST_EXTRA, slot // 2 - 1) for slot in range(2, 50)))
"""Bits of a distance besides its slot."""
BASE = tuple(sum(1 << bits for bits in EXTRA[:slot]) - 2 for slot in range(50))
"""First distance of each slot; a distance of slots 0 to 2 is one of the last three."""
CALL = 0xE8
CALL_FRAMES = 32_768  # translation ends after so many frames (1 GiB)
CALL_MARGIN = 10  # bytes at a frame's end that are never translated


class Lzx:
    """The plain bytes of the blocks of one folder, which must be given in their order."""

    def __init__(self, window_bits: int) -> None:
        """Raise FormatError for a window that LZX does not have."""
        if window_bits not in SLOTS:
            raise FormatError("LZX", "a window of 2^15 to 2^21 bytes", f"2^{window_bits}")
        self.spare = 0
        """Bytes so far that stood in blocks behind the end of their frames, zeros left out."""
        self._window = 1 << window_bits
        self._out = bytearray()
        self._frame = 0
        self._distances = [1, 1, 1]
        self._kind = 0
        self._left = 0
        self._odd = False
        self._call_size = 0
        self._calls = False
        self._main_lengths = [0] * (CHARS + 8 * SLOTS[window_bits])
        self._length_lengths = [0] * LENGTHS
        self._main = self._length = self._aligned = Table([0], "tree")

    def plain(self, packed: memoryview, size: int) -> bytes:
        """Return the `size` plain bytes of the next block. Raises FormatError where there are others."""
        if len(self._out) >= 2 * self._window:
            del self._out[: len(self._out) - self._window]
        start = len(self._out)
        bits = Bits(bytes(packed))
        try:
            if self._frame == 0 and bits.take(1):
                self._call_size = bits.take(16) << 16 | bits.take(16)
            bits = self._fill(bits, start + size)
        except IndexError as error:
            raise FormatError("LZX frame", "a code of its tree, and the end of the frame", "no such code") from error
        if bits.passed:
            raise FormatError("LZX frame", f"{size} plain bytes", "the end of the block")
        self._end_frame(bits)
        frame = bytes(self._out[start:])
        position = self._frame * CALL_FRAMES
        self._frame += 1
        if self._calls and self._call_size and self._frame <= CALL_FRAMES:
            return _calls_back(frame, position, self._call_size)
        return frame

    def _fill(self, bits: Bits, end: int) -> Bits:
        """Decode blocks until so many plain bytes are there; return the stream behind them."""
        while (missing := end - len(self._out)) > 0:
            if self._left == 0:
                bits = self._open(bits)
            run = min(self._left, missing)
            if self._kind == UNCOMPRESSED:
                bits = self._copy(bits, run)
            elif run:
                self._decode(bits, run)
            self._left -= run
        return bits

    def _open(self, bits: Bits) -> Bits:
        """Read the header of the next block ([MS-PATCH] 2.3); return the stream behind it."""
        if self._odd:
            bits = Bits(bits.data[bits.position // 8 + 1 :])
        kind, length = bits.take(3), bits.take(24)
        self._odd = kind == UNCOMPRESSED and length % 2 == 1
        self._kind, self._left = kind, length
        if kind == UNCOMPRESSED:
            return self._open_uncompressed(bits)
        if kind not in {VERBATIM, ALIGNED}:
            raise FormatError("LZX block", "type 1, 2 or 3", str(kind))
        if kind == ALIGNED:
            self._aligned = Table([bits.take(3) for _ in range(8)], "aligned offset tree")
        delta_lengths(bits, self._main_lengths, 0, CHARS)
        delta_lengths(bits, self._main_lengths, CHARS, len(self._main_lengths))
        delta_lengths(bits, self._length_lengths, 0, LENGTHS)
        self._main = Table(self._main_lengths, "main tree")
        self._length = Table(self._length_lengths, "length tree")
        self._calls = self._calls or self._main_lengths[CALL] > 0
        return bits

    def _open_uncompressed(self, bits: Bits) -> Bits:
        """Read the three distances that follow 1 to 16 bits of padding."""
        at = (bits.position // 16 + 1) * 2
        if at + 12 > len(bits.data):
            raise FormatError("LZX block", "three distances of 4 bytes", f"{max(0, len(bits.data) - at)} bytes")
        self._distances = list(struct.unpack_from("<3I", bits.data, at))
        self._calls = True
        return Bits(bits.data[at + 12 :])

    def _copy(self, bits: Bits, run: int) -> Bits:
        """Take bytes as they stand; return the stream behind them."""
        at = bits.position // 8
        piece = bits.data[at : at + run]
        if len(piece) < run:
            raise FormatError("LZX block", f"{run} bytes as they are", f"{len(piece)}")
        self._out += piece
        return Bits(bits.data[at + run :])

    def _end_frame(self, bits: Bits) -> None:
        """Count what stands behind a frame, its alignment to 16 bits left out."""
        at = -(-bits.position // 16) * 2
        if self._odd and self._left == 0 and at < len(bits.data):
            self._odd = False
            at += 1
        self.spare += len(bits.data[at:].strip(b"\0"))

    def _decode(self, bits: Bits, run: int) -> None:  # noqa: PLR0915  (a call for each token would double its time)
        """Decode literals and matches to `run` plain bytes ([MS-PATCH] 2.6), all in local variables for speed."""
        out, append = self._out, self._out.append
        main, main_bits, main_mask = self._main.entries, self._main.bits, (1 << self._main.bits) - 1
        lengths, length_bits, length_mask = self._length.entries, self._length.bits, (1 << self._length.bits) - 1
        low, low_bits, low_mask = self._aligned.entries, self._aligned.bits, (1 << self._aligned.bits) - 1
        short = 3 if self._kind == ALIGNED else LONGEST_EXTRA + 1  # from so many bits on the lowest three have a code
        words, value, left, at = bits.words, bits.value, bits.left, bits.at
        first, second, third = self._distances
        count = len(out)
        end = count + run
        while count < end:
            if left < LONGEST_MATCH:
                value = (value & LOWEST) << WORD | words[at]
                at += 1
                left += WORD
            entry = main[value >> (left - main_bits) & main_mask]
            left -= entry & LENGTH_MASK
            entry >>= SYMBOL_SHIFT
            if entry < CHARS:
                append(entry)
                count += 1
                continue
            length = (entry & 7) + 2
            slot = (entry >> 3) - CHARS // 8
            if length == LENGTH_FOLLOWS:
                entry = lengths[value >> (left - length_bits) & length_mask]
                left -= entry & LENGTH_MASK
                length += entry >> SYMBOL_SHIFT
            if slot > 2:
                third, second = second, first
                extra = EXTRA[slot]
                left -= extra
                first = BASE[slot] + (value >> left & (1 << extra) - 1)
                if extra >= short:
                    left += 3
                    entry = low[value >> (left - low_bits) & low_mask]
                    left -= entry & LENGTH_MASK
                    first += (entry >> SYMBOL_SHIFT) - ((first - BASE[slot]) & 7)
            elif slot == 1:
                first, second = second, first
            elif slot == 2:
                first, third = third, first
            start = count - first
            if first >= length and start >= 0:
                out += out[start : start + length]
            else:
                out += _repeated(out, first, length)
            count += length
        if count > end:
            raise FormatError("LZX match", "its end within the block and frame", f"{count - end} bytes beyond")
        bits.value, bits.left, bits.at = value, left, at
        self._distances = [first, second, third]


def _repeated(out: bytearray, distance: int, length: int) -> bytearray:
    """Return what a match stands for whose distance is shorter than it. Raises FormatError where it is none."""
    if not 0 < distance <= len(out):
        raise FormatError("LZX match", f"a distance of 1 to {len(out)}", str(distance))
    return (out[-distance:] * (length // distance + 1))[:length]


def _calls_back(frame: bytes, position: int, size: int) -> bytes:
    """Return a frame with the absolute targets of x86 calls made relative again ([MS-PATCH] 2.7).

    `position` is that of the frame in all plain bytes, `size` the one that the stream's header gives.
    """
    found = bytearray(frame)
    stop = len(frame) - CALL_MARGIN
    at = found.find(CALL)
    while 0 <= at < stop:
        (absolute,) = struct.unpack_from("<i", found, at + 1)
        here = position + at
        if -here <= absolute < size:
            relative = absolute - here if absolute >= 0 else absolute + size
            struct.pack_into("<I", found, at + 1, relative & 0xFFFFFFFF)
        at = found.find(CALL, at + 5)
    return bytes(found)
