"""A small LZX writer ([MS-PATCH] 2): one block a frame, greedy matches, trees that are complete but not the best.

It exists to give readers something to read; what it gains in size is no aim.
"""

from __future__ import annotations

import heapq
import struct
from collections.abc import Iterator, Sequence
from enum import Enum

from msgspec import Struct

FRAME = 32_768
_SLOTS = {15: 30, 16: 32, 17: 34, 18: 36, 19: 38, 20: 42, 21: 50}
_SHORTEST, _LONGEST = 3, 257
_ALIGNED_LENGTHS = [7, 1, 2, 7, 3, 6, 5, 4]
"""Not the best, but no two readers of it agree by accident."""
_CALL = 0xE8
_TRANSLATED_MARGIN = 10


class LzxBlock(Enum):
    """The kinds of block."""

    VERBATIM = 1
    ALIGNED = 2
    UNCOMPRESSED = 3


class _Token(Struct, frozen=True, kw_only=True):
    """A literal, or a match with the slot and the further bits of its distance."""

    main: int
    length: int = -1
    """Symbol of the length tree; -1 where the main symbol says it all."""
    slot: int = 0
    rest: int = 0


class _Writer:
    """Bits in 16-bit little-endian words, each filled from its highest bit."""

    def __init__(self) -> None:
        self._bits: list[str] = []

    def put(self, value: int, count: int) -> None:
        if count:
            self._bits.append(f"{value:0{count}b}")

    def aligned(self, least: int) -> bytes:
        """Return the words, with zeros to the next one; at least so many zeros."""
        text = "".join(self._bits) + "0" * least
        text += "0" * (-len(text) % 16)
        words = [int(text[at : at + 16], 2) for at in range(0, len(text), 16)]
        return struct.pack(f"<{len(words)}H", *words)


def lzx_frames(plain: bytes, window_bits: int, kinds: Sequence[LzxBlock], call_size: int = 0) -> Iterator[bytes]:
    """Yield the packed bytes of each frame; the kinds of block take turns.

    `call_size` is what the header says for the translation of x86 calls; 0 leaves it out.
    """
    state = _State(window_bits)
    source = _calls_absolute(plain, call_size) if call_size else plain
    for number, start in enumerate(range(0, len(source), FRAME)):
        writer = _Writer()
        if number == 0:
            writer.put(1 if call_size else 0, 1)
            if call_size:
                writer.put(call_size >> 16, 16)
                writer.put(call_size & 0xFFFF, 16)
        yield state.frame(writer, source, start, kinds[number % len(kinds)])


class _State:
    """What one frame hands to the next: last distances, code lengths, where strings were seen."""

    def __init__(self, window_bits: int) -> None:
        self._window = 1 << window_bits
        self._slots = _SLOTS[window_bits]
        self._distances = [1, 1, 1]
        self._main = [0] * (256 + 8 * self._slots)
        self._lengths = [0] * 249
        self._seen: dict[bytes, int] = {}
        self._pad = b""

    def frame(self, writer: _Writer, source: bytes, start: int, kind: LzxBlock) -> bytes:
        """Return one frame as one block."""
        stop = min(start + FRAME, len(source))
        pad, self._pad = self._pad, b""
        writer.put(kind.value, 3)
        writer.put(stop - start, 24)
        if kind is LzxBlock.UNCOMPRESSED:
            self._pad = b"\0" * ((stop - start) % 2)
            head = writer.aligned(1)
            return pad + head + struct.pack("<3I", *self._distances) + source[start:stop] + self._pad_now()
        tokens = list(self._tokens(source, start, stop))
        self._trees(writer, tokens, kind)
        return pad + writer.aligned(0)

    def _pad_now(self) -> bytes:
        pad, self._pad = self._pad, b""
        return pad

    def _tokens(self, source: bytes, start: int, stop: int) -> Iterator[_Token]:
        at = start
        while at < stop:
            key = source[at : at + _SHORTEST]
            before = self._seen.get(key, -1)
            self._seen[key] = at
            distance = at - before
            if before < 0 or at + _SHORTEST > stop or distance > self._window - _SHORTEST:
                yield _Token(main=source[at])
                at += 1
                continue
            length = _SHORTEST
            while length < _LONGEST and at + length < stop and source[before + length] == source[at + length]:
                length += 1
            yield self._match(distance, length)
            at += length

    def _match(self, distance: int, length: int) -> _Token:
        slot, rest = self._slot(distance)
        head = min(length - 2, 7)
        return _Token(main=256 + slot * 8 + head, length=length - 9 if head == 7 else -1, slot=slot, rest=rest)

    def _slot(self, distance: int) -> tuple[int, int]:
        """Return the slot of a distance and its further bits, and remember the distance."""
        last = self._distances
        if distance in last:
            slot = last.index(distance)
            last[0], last[slot] = last[slot], last[0]
            return slot, 0
        self._distances = [distance, last[0], last[1]]
        formatted = distance + 2
        if formatted >= 1 << 18:  # from there on every slot spans 2^17
            return 34 + (formatted >> 17), formatted & (1 << 17) - 1
        if formatted < 4:
            return formatted, 0
        extra = formatted.bit_length() - 2
        return 2 * extra + (formatted >> extra), formatted & (1 << extra) - 1

    def _trees(self, writer: _Writer, tokens: list[_Token], kind: LzxBlock) -> None:
        main = code_lengths([token.main for token in tokens], len(self._main))
        lengths = code_lengths([token.length for token in tokens if token.length >= 0], len(self._lengths))
        if kind is LzxBlock.ALIGNED:
            for length in _ALIGNED_LENGTHS:
                writer.put(length, 3)
        _put_lengths(writer, self._main[:256], main[:256])
        _put_lengths(writer, self._main[256:], main[256:])
        _put_lengths(writer, self._lengths, lengths)
        self._main, self._lengths = main, lengths
        main_codes, length_codes, aligned_codes = _codes(main), _codes(lengths), _codes(_ALIGNED_LENGTHS)
        for token in tokens:
            writer.put(main_codes[token.main], main[token.main])
            if token.length >= 0:
                writer.put(length_codes[token.length], lengths[token.length])
            extra = 0 if token.slot < 4 else min(17, token.slot // 2 - 1)
            if kind is LzxBlock.ALIGNED and extra >= 3:
                low = token.rest & 7  # the lowest three bits have codes of their own
                writer.put(token.rest >> 3, extra - 3)
                writer.put(aligned_codes[low], _ALIGNED_LENGTHS[low])
            else:
                writer.put(token.rest, extra)


def code_lengths(symbols: list[int], size: int) -> list[int]:
    """Return the lengths of a Huffman code of at most 16 bits for what occurs; a lone symbol gets a neighbour."""
    counts = [0] * size
    for symbol in symbols:
        counts[symbol] += 1
    used = [symbol for symbol in range(size) if counts[symbol]]
    if not used:
        return [0] * size
    if len(used) == 1:
        used.append((used[0] + 1) % size)
    lengths = _huffman([(counts[symbol], (symbol,)) for symbol in used], size)
    while max(lengths) > 16:  # flatter counts give flatter trees
        counts = [count // 2 + 1 if count else 0 for count in counts]
        lengths = _huffman([(counts[symbol], (symbol,)) for symbol in used], size)
    return lengths


def _huffman(heap: list[tuple[int, tuple[int, ...]]], size: int) -> list[int]:
    lengths = [0] * size
    heapq.heapify(heap)
    while len(heap) > 1:
        first, second = heapq.heappop(heap), heapq.heappop(heap)
        for symbol in (*first[1], *second[1]):
            lengths[symbol] += 1
        heapq.heappush(heap, (first[0] + second[0], (*first[1], *second[1])))
    return lengths


def _codes(lengths: list[int]) -> list[int]:
    """Return the canonical codes: shorter ones first, then by symbol."""
    codes, code, before = [0] * len(lengths), 0, 0
    for symbol in sorted((s for s in range(len(lengths)) if lengths[s]), key=lambda s: (lengths[s], s)):
        code <<= lengths[symbol] - before
        codes[symbol] = code
        code, before = code + 1, lengths[symbol]
    return codes


def _put_lengths(writer: _Writer, before: list[int], now: list[int]) -> None:
    """Write code lengths as differences, runs of zeros and of equal ones in short ([MS-PATCH] 2.5)."""
    items = list(_runs(before, now))
    pretree = code_lengths([symbol for item in items for symbol in item[::3]], 20)
    codes = _codes(pretree)
    for length in pretree:
        writer.put(length, 4)
    for symbol, rest, bits, *further in items:
        writer.put(codes[symbol], pretree[symbol])
        writer.put(rest, bits)
        for last in further:
            writer.put(codes[last], pretree[last])


def _runs(before: list[int], now: list[int]) -> Iterator[tuple[int, ...]]:
    """Yield (symbol, further bits, how many), and for runs of equal lengths the symbol of their difference."""
    at = 0
    while at < len(now):
        run = 1
        while at + run < len(now) and now[at + run] == now[at] and run < 51:
            run += 1
        if now[at] == 0 and run >= 20:
            yield 18, run - 20, 5
        elif now[at] == 0 and run >= 4:
            run = min(run, 19)
            yield 17, run - 4, 4
        elif run >= 4:
            run = min(run, 5)
            yield 19, run - 4, 1, (before[at] - now[at]) % 17
        else:
            run = 1
            yield (before[at] - now[at]) % 17, 0, 0
        at += run


def _calls_absolute(plain: bytes, size: int) -> bytes:
    """Return the bytes with the relative targets of x86 calls made absolute, frame by frame ([MS-PATCH] 2.7)."""
    found = bytearray(plain)
    for start in range(0, len(found), FRAME):
        stop = min(start + FRAME, len(found)) - _TRANSLATED_MARGIN
        at = found.find(_CALL, start)
        while start <= at < stop:
            (relative,) = struct.unpack_from("<i", found, at + 1)
            if -at <= relative < size - at:
                struct.pack_into("<i", found, at + 1, relative + at)
            elif size - at <= relative < size:
                struct.pack_into("<i", found, at + 1, relative - size)
            at = found.find(_CALL, at + 5)
    return bytes(found)
