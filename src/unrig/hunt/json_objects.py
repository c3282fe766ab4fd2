"""Objects in JSON that are no lines: in an array, printed over many lines, or one after another.

Each object is found by its braces alone. One that does not end within the limit is rejected, and the search goes on
at the next place that starts as the first object did; so damage costs the object that it hit. Runs in sealed workers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from unrig.hunt.streams import MAX_LINE, Block, Reason, Rejected, Stream, chunks, sample
from unrig.model.errors import FormatError, LimitError

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["{}]', re.DOTALL)  # RFC 8259, 7: what a quote starts hides braces
_OPENING = re.compile(rb'\{\s*"[^"\\]{0,200}"')
_MAX_SEARCHES = 64
"""Objects without an end that are looked into again; each costs up to MAX_LINE of reading."""


def objects(stream: Stream) -> Iterator[Block | Rejected]:
    """Yield the objects of a source in order, as blocks; what does not end, and a damaged end, as rejected."""
    finder = _Finder()
    try:
        for chunk in chunks(stream):
            yield from finder.take(chunk)
    except FormatError as error:
        yield Rejected(reason=Reason.DAMAGED, record=finder.record, offset=finder.at, sample=error.observed)
    except LimitError as error:
        yield Rejected(reason=Reason.TOO_LARGE, record=finder.record, offset=finder.at, sample=error.observed)
    yield from finder.finish()


def first_objects(head: bytes) -> Iterable[bytes]:
    """Return the whole objects at the start of a source."""
    return (line for block in _Finder().take(head) if isinstance(block, Block) for line in block.lines)


class _Finder:
    """Where the search stands between two chunks."""

    def __init__(self) -> None:
        self.at = 0
        """Offset of the first byte of `_data`."""
        self.record = 1
        """Number of the next object."""
        self._data = b""
        self._depth = 0
        self._scanned = 0
        """Bytes of `_data` that hold no token that is not counted in `_depth`."""
        self._opening = b""
        """How the first object starts, up to its first name."""
        self._searches = 0
        self._seeking = False
        """Whether what follows is skipped up to such a start."""

    def take(self, chunk: bytes) -> Iterator[Block | Rejected]:
        self._data += chunk
        self._seek(0)
        yield from self._scan()
        while len(self._data) - self._start() > MAX_LINE:
            yield self._give_up(Reason.LINE_TOO_LONG)
            yield from self._scan()

    def finish(self) -> Iterator[Block | Rejected]:
        while self._depth:
            yield self._give_up(Reason.NOT_AN_END)
            yield from self._scan()

    def _start(self) -> int:
        """Where the object that has not ended starts in `_data`; its end where there is none but a broken text."""
        return 0 if self._depth else self._scanned

    def _scan(self) -> Iterator[Block]:
        """Yield the objects that end in `_data`; afterwards it starts with the one that does not, if any."""
        if self._seeking:
            return
        data, depth, begin = self._data, self._depth, 0
        found: list[int] = []
        ends: list[int] = []
        scanned = self._scanned
        for token in _TOKEN.finditer(data, scanned):
            letter = data[token.start()]
            if letter == 0x7B:  # {
                if not depth:
                    begin = token.start()
                depth += 1
            elif letter == 0x7D and depth:  # }
                depth -= 1
                if not depth:
                    found.append(begin)
                    ends.append(token.end())
            elif letter == 0x22 and token.end() - token.start() == 1:
                if depth:  # a text that ends in the next chunk, or never
                    scanned = token.start()
                    break
                continue  # outside of objects a lone quote is nothing
            scanned = token.end()
        else:
            scanned = len(data)
        if found:
            offsets = [self.at + each for each in found]
            lines = [data[each:end] for each, end in zip(found, ends, strict=True)]
            self._opening = self._opening or _opening(lines[0])
            yield Block(first=self.record, lines=lines, offsets=offsets)
            self.record += len(lines)
        kept = begin if depth else scanned
        self.at += kept
        self._data, self._scanned, self._depth = data[kept:], scanned - kept, depth

    def _give_up(self, reason: Reason) -> Rejected:
        """Leave the object that does not end, and go on at the next that starts as the first one did."""
        rejected = Rejected(reason=reason, record=self.record, offset=self.at, sample=sample(self._data[:64]))
        self.record += 1
        self._searches += 1
        self._opening = self._opening or _opening(self._data)
        self._seeking = True
        self._seek(max(1, self._scanned) if self._searches > _MAX_SEARCHES else 1)
        return rejected

    def _seek(self, start: int) -> None:
        """Leave out what stands before the next opening; where there is none yet, all but what may be its start."""
        if not self._seeking:
            return
        cut = self._data.find(self._opening, start)
        self._seeking = cut < 0
        if self._seeking:
            cut = max(start, len(self._data) - len(self._opening) + 1)
        self.at += cut
        self._data, self._scanned, self._depth = self._data[cut:], 0, 0


def _opening(data: bytes) -> bytes:
    found = _OPENING.match(data)
    return found.group() if found else b""
