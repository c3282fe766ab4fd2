"""The bits of an LZX stream and its Huffman tables ([MS-PATCH] 2.2 and 2.4)."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence

from unrig.model.errors import FormatError

LONGEST_CODE = 16  # [MS-PATCH] 2.4: no path in a tree is longer
SYMBOL_SHIFT = 5
LENGTH_MASK = 31
WORD = 64
LOWEST = (1 << WORD) - 1
_SPARE = 2  # words of zeros behind the end that peeking may touch


class Bits:
    """The stream of one frame: 16-bit little-endian words, each read from its highest bit.

    `words` are four of these each, as numbers of 64 bits. The lowest `left` bits of `value` are still to be read;
    `at` is the next word. Reading beyond the end raises IndexError, or shows in `passed`.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        swapped = array("H", data + bytes(len(data) & 1))
        swapped.byteswap()
        raw = swapped.tobytes() if _LITTLE else data + bytes(len(data) & 1)
        raw += bytes(-len(raw) % 8 + 8 * _SPARE)
        self.words: Sequence[int] = struct.unpack(f">{len(raw) // 8}Q", raw)
        self.value = 0
        self.left = 0
        self.at = 0

    def take(self, count: int) -> int:
        """Return the next `count` bits, at most 32 of them."""
        if self.left < count:
            self.refill()
        self.left -= count
        return self.value >> self.left & ((1 << count) - 1)

    def refill(self) -> None:
        """Take in the next word. Raises IndexError behind the last one."""
        self.value = (self.value & LOWEST) << WORD | self.words[self.at]
        self.at += 1
        self.left += WORD

    @property
    def position(self) -> int:
        """How many bits were read."""
        return self.at * WORD - self.left

    @property
    def passed(self) -> bool:
        """Whether more bits were read than there are; up to 16 may be missing of the last word."""
        return self.position > len(self.data) * 8 + 16


_LITTLE = struct.pack("=H", 1) == b"\1\0"


class Table:
    """A Huffman tree as one table: the next `bits` bits lead to `symbol << 5 | length of its code`."""

    def __init__(self, lengths: Sequence[int], what: str) -> None:
        """Build it. Raises FormatError where the lengths make no complete tree; a tree without symbols has an empty table."""
        self.bits = max(lengths)
        self.entries: list[int] = []
        if self.bits == 0:
            return
        used = sum(1 << (self.bits - length) for length in lengths if length)
        if used != 1 << self.bits:
            raise FormatError(f"LZX {what}", f"a Huffman tree of {1 << self.bits} codes", f"{used}")
        for symbol in sorted(range(len(lengths)), key=lengths.__getitem__):  # shorter codes first, then by symbol
            if length := lengths[symbol]:
                self.entries += [symbol << SYMBOL_SHIFT | length] * (1 << (self.bits - length))

    def read(self, bits: Bits) -> int:
        """Return the next symbol. Raises IndexError where the tree or the stream has none."""
        if bits.left < self.bits:
            bits.refill()
        entry = self.entries[bits.value >> (bits.left - self.bits) & ((1 << self.bits) - 1)]
        bits.left -= entry & LENGTH_MASK
        return entry >> SYMBOL_SHIFT


def delta_lengths(bits: Bits, lengths: list[int], start: int, stop: int) -> None:
    """Read the code lengths of symbols `start` to `stop`, as differences to those before ([MS-PATCH] 2.5).

    Raises FormatError where they run beyond `stop`.
    """
    pretree = Table([bits.take(4) for _ in range(20)], "pretree")
    at = start
    while at < stop:
        code = pretree.read(bits)
        if code < 17:
            lengths[at] = (lengths[at] - code) % 17
            at += 1
            continue
        if code == 19:
            count = 4 + bits.take(1)
            value = (lengths[at] - pretree.read(bits)) % 17
        else:
            count, value = (4 + bits.take(4), 0) if code == 17 else (20 + bits.take(5), 0)
        if at + count > stop:
            raise FormatError("LZX code lengths", f"{stop - start} symbols", f"{at + count - start}")
        lengths[at : at + count] = [value] * count
        at += count
