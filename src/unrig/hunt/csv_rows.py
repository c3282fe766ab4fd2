"""CSV with a header: rows may hold line ends within quotes, so a row is framed before it is read. Runs in sealed workers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from unrig.hunt.columns import Record
from unrig.hunt.json_lines import BOM, Kind, collected
from unrig.hunt.streams import MAX_LINE, Block, Reason, Rejected, Stream, blocks, sample
from unrig.hunt.text_lines import named, row, said
from unrig.model.telemetry import Batch

_QUOTE = b'"'


def header(head: bytes) -> tuple[str, ...]:
    """Return the names of the columns in the first line; nothing where that is no row of text."""
    text = said(head.removeprefix(BOM).split(b"\n", 1)[0])
    values = [] if isinstance(text, Reason) else row(text)
    return tuple(value.strip() for value in values) if isinstance(values, list) else ()


def read(stream: Stream, kind: Kind) -> Iterator[Batch | Rejected]:
    """Yield the batches of a source, then what was rejected. A header that comes again is followed from there."""
    names: tuple[str, ...] = ()

    def decode(line: bytes) -> Record | Reason | None:
        nonlocal names
        text = said(line)
        values = text if isinstance(text, Reason) else row(text)
        if isinstance(values, Reason):
            return values
        if not values:
            return None
        if not names or (values[0].strip() == names[0] and set(values) & set(names) == set(values)):
            names = tuple(value.strip() for value in values)
            return None
        return named(names, values)

    return collected(
        _rows(blocks(stream)), stream.source, Kind(understand=kind.understand, dated=kind.dated, decode=decode)
    )


def _rows(found: Iterable[Block | Rejected]) -> Iterator[Block | Rejected]:
    """Yield blocks whose lines are whole rows: a row goes on while a quote is open."""
    framing = _Framing()
    for block in found:
        if isinstance(block, Rejected) or (not framing.waiting and _even(block)):
            yield block
        else:
            yield from framing.take(block)
    if framing.waiting:
        yield framing.unended()


def _even(block: Block) -> bool:
    return all(line.count(_QUOTE) % 2 == 0 for line in block.lines)


class _Framing:
    """The lines of a row that goes on."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []
        self._first = self._start = self._size = 0

    def take(self, block: Block) -> Iterator[Block | Rejected]:
        """Yield the rows of a block, in order: those of one line together, each longer one by itself."""
        begin = 0
        for index, line in enumerate(block.lines):
            odd = line.count(_QUOTE) % 2
            if not self.waiting and not odd:
                continue
            if not self.waiting:
                yield from _run(block, begin, index)
                self._first, self._start, self._size = block.first + index, block.offsets[index], 0
            ends = bool(odd and self.waiting)
            self.waiting.append(line)
            self._size += len(line) + 1
            if self._size > MAX_LINE:
                yield self.unended()
            elif ends:
                yield Block(first=self._first, lines=[b"\n".join(self.waiting)], offsets=[self._start])
                self.waiting = []
            begin = index + 1
        if not self.waiting:
            yield from _run(block, begin, len(block.lines))

    def unended(self) -> Rejected:
        """Return the lines of a row that does not end, as rejected."""
        lines, self.waiting = self.waiting, []
        return Rejected(
            reason=Reason.NOT_A_ROW, record=self._first, offset=self._start, count=len(lines), sample=sample(lines[0])
        )


def _run(block: Block, begin: int, end: int) -> Iterator[Block]:
    if begin < end:
        yield Block(first=block.first + begin, lines=block.lines[begin:end], offsets=block.offsets[begin:end])
