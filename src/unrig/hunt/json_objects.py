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
_BETWEEN = re.compile(rb"(?:\xef\xbb\xbf|[\s,\[\]]|Record [0-9]+)*+")  # evtx_dump counts its records in words
_OPEN, _CLOSE = b"{}"
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
        self._open = False
        """Whether `_data` starts with an object that does not end in it."""
        self._depth = 0
        self._scanned = 0
        """Up to where the braces of `_data` are counted in `_depth`."""
        self._opening = b""
        """How the first object starts, up to its first name."""
        self._searches = 0
        self._seeking = False
        """Whether what follows is skipped up to such a start."""

    def take(self, chunk: bytes) -> Iterator[Block | Rejected]:
        self._data += chunk
        self._seek(0)
        yield from self._scan()
        while self._open and len(self._data) > MAX_LINE:
            yield self._give_up(Reason.LINE_TOO_LONG)
            yield from self._scan()

    def finish(self) -> Iterator[Block | Rejected]:
        while self._open:
            yield self._give_up(Reason.NOT_AN_END)
            yield from self._scan()
        if not self._seeking and not _is_between(self._data):
            yield self._stray(self._data, self.at)

    def _scan(self) -> Iterator[Block | Rejected]:
        """Yield the objects that end in `_data`, and what stands between them and should not.

        Afterwards `_data` starts with the object that does not end, if any, or with what follows the last one.
        """
        if self._seeking:
            return
        lines: list[bytes] = []
        offsets: list[int] = []
        last = 0
        while (begin := 0 if self._open else self._data.find(b"{", last)) >= 0:
            if not _is_between(self._data[last:begin]):
                yield self._stray(self._data[last:begin], self.at + last)
            end = self._end(begin)
            if end < 0:
                last = begin
                break
            lines.append(self._data[begin:end])
            offsets.append(self.at + begin)
            last = end
        if lines:
            self._opening = self._opening or _opening(lines[0])
            yield Block(first=self.record, lines=lines, offsets=offsets)
            self.record += len(lines)
        if not self._open and len(self._data) - last > MAX_LINE:
            yield self._stray(self._data[last:], self.at + last)
            last = len(self._data)
        self.at += last
        self._data, self._scanned = self._data[last:], max(0, self._scanned - last)

    def _end(self, begin: int) -> int:
        """Return where the object that starts there ends; -1 where it does not, and note how far that was seen."""
        data, depth, scanned = self._data, self._depth, max(begin, self._scanned)
        for token in _TOKEN.finditer(data, scanned):
            letter = data[token.start()]
            if letter == _OPEN:
                depth += 1
            elif letter == _CLOSE:
                depth -= 1
                if not depth:
                    self._open, self._depth, self._scanned = False, 0, token.end()
                    return token.end()
            elif token.end() - token.start() == 1:  # a text that ends in the next chunk, or never
                break
            scanned = token.end()
        else:
            scanned = len(data)
        self._open, self._depth, self._scanned = True, depth, scanned
        return -1

    def _stray(self, text: bytes, at: int) -> Rejected:
        return Rejected(reason=Reason.STRAY, record=self.record, offset=at, sample=sample(text.strip()[:64]))

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
        self._data, self._scanned, self._depth, self._open = self._data[cut:], 0, 0, False


def _opening(data: bytes) -> bytes:
    found = _OPENING.match(data)
    return found.group() if found else b""


def _is_between(text: bytes) -> bool:
    return _BETWEEN.fullmatch(text) is not None
