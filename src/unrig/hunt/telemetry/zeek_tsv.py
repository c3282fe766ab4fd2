r"""Zeek's logs as it writes them by default: columns between tabs under lines that name and type them.

Fills:  as `zeek_json`. Columns and path may change on the way, as in a file put together from several.
Drops:  nothing: fields that no column takes stand in `rest` as JSON. Unset fields become null.
Layout: docs.zeek.org, Zeek log formats: `#separator` (escaped as \xHH), `#set_separator`, `#empty_field`,
        `#unset_field`, `#path`, `#fields`, `#types`; bytes that would break a line are written as \xHH.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from unrig.hunt.kinds import Cut, Reader
from unrig.hunt.pending import Pending
from unrig.hunt.streams import MAX_LINE, Block, Reason, Rejected, Stream, blocks, line_at, sample
from unrig.hunt.zeek_records import FILLS, dated, path_of, told, with_parts
from unrig.model.telemetry import Batch

Convert = Callable[[str], object]

_ESCAPE = re.compile(r"(?:\\x[0-9a-fA-F]{2})+|\\\\")
_LIST = re.compile(r"(?:set|vector|table)\[(\w+)\]")
_INTEGERS, _FLOATS = frozenset({"count", "int", "port"}), frozenset({"interval", "double"})
_BOOLEANS = {"T": True, "F": False}
_INT64_DIGITS = 19
_MAX_SEPARATOR = 8
_MAX_COLUMNS = 4096
_TOLD_LINES = 16
_MARKS = (b"#separator ", b"#fields")
_BOM = b"\xef\xbb\xbf"


class _Header(Struct):
    """What the last lines with a number sign said."""

    separator: str = "\t"
    inner: str = ","
    empty: str = "(empty)"
    unset: str = "-"
    path: str = ""
    fields: tuple[str, ...] = ()
    converts: tuple[tuple[int, Convert], ...] = ()
    """Column to what turns its text into the value; none for plain text."""


def told_by(head: bytes) -> bool:
    """Return whether one of the first lines names a separator or fields."""
    return any(line.startswith(_MARKS) for line in head.removeprefix(_BOM).split(b"\n")[:_TOLD_LINES])


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the batches of a source or range, then what was rejected."""
    pending, header = Pending(stream.source), _Header()
    for mark in stream.marks:
        if mark < stream.start:
            _said(header, line_at(stream, mark).decode(errors="replace").removesuffix("\r"))
    for block in blocks(stream):
        if isinstance(block, Rejected):
            pending.reject(block)
            continue
        _take(block, header, pending)
        if pending.full(sum(map(len, block.lines))):
            yield from pending.batches()
    yield from pending.batches()
    yield from pending.rejected()


def _take(block: Block, header: _Header, pending: Pending) -> None:
    number = block.first - 1
    for line, offset in zip(block.lines, block.offsets, strict=True):
        number += 1
        reason = _line(line if offset else line.removeprefix(_BOM), header, pending, number, offset)
        if reason is not None:
            pending.reject(Rejected(reason=reason, record=number, offset=offset, sample=sample(line)))


def _line(raw: bytes, header: _Header, pending: Pending, number: int, offset: int) -> Reason | None:
    """Take one line; return why it was not taken."""
    if len(raw) > MAX_LINE:
        return Reason.LINE_TOO_LONG
    try:
        line = raw.decode().removesuffix("\r")
    except UnicodeDecodeError:
        return Reason.NOT_UTF8
    if line.startswith("#"):
        return _said(header, line)
    values: list[object] = list(line.split(header.separator))
    if not line:
        return None
    if not header.fields:
        return Reason.NO_HEADER
    if len(values) != len(header.fields):
        return Reason.NOT_A_ROW
    return _row(values, header, pending, escaped="\\" in line, number=number, offset=offset)


def _row(
    values: list[object], header: _Header, pending: Pending, *, escaped: bool, number: int, offset: int
) -> Reason | None:
    for index, convert in header.converts:
        values[index] = convert(str(values[index]))
    unset, empty = header.unset, header.empty
    if unset in values or empty in values:
        values = [None if value == unset else "" if value == empty else value for value in values]
    if escaped:
        values = [_unescaped(value) if isinstance(value, str) else value for value in values]
    record = dict(zip(header.fields, values, strict=True))
    path = header.path or path_of(record)
    about = told(path)
    row = dated(with_parts(record, path), about.action, number, offset)
    if row is None:
        return Reason.NO_TIME
    pending.add(about.fields, row)
    return None


def _said(header: _Header, line: str) -> Reason | None:
    """Take what a header line says; return why it says nothing that can be followed."""
    if line.startswith("#separator "):
        separator = _unescaped(line.removeprefix("#separator "))
        if not 0 < len(separator) <= _MAX_SEPARATOR:
            return Reason.NO_HEADER
        header.separator = separator
        return None
    name, *values = line.split(header.separator)
    one = _unescaped(values[0]) if values else ""
    match name:
        case "#set_separator" if one:
            header.inner = one
        case "#empty_field":
            header.empty = one
        case "#unset_field":
            header.unset = one
        case "#path":
            header.path = one
        case "#fields":
            if not values or len(values) > _MAX_COLUMNS or len(set(values)) != len(values):
                header.fields = ()
                return Reason.NO_HEADER
            header.fields, header.converts = tuple(values), ()
        case "#types" if len(values) == len(header.fields):
            found = [(index, _convert(kind, header)) for index, kind in enumerate(values)]
            header.converts = tuple((index, convert) for index, convert in found if convert is not None)
    return None


def _convert(kind: str, header: _Header) -> Convert | None:
    """Return what turns a column's text into the value that Zeek's JSON writer would give; None for plain text."""
    inner = _LIST.fullmatch(kind)
    if inner:
        return _listed(_convert(inner[1], header) or _unescaped, header)
    if kind == "bool":
        return lambda value: _BOOLEANS.get(value, value)
    return _integer if kind in _INTEGERS else _float if kind in _FLOATS else None


def _listed(one: Convert, header: _Header) -> Convert:
    unset, empty, between = header.unset, header.empty, header.inner

    def listed(value: str) -> object:
        if value == unset:
            return None
        return [] if value == empty else [None if each == unset else one(each) for each in value.split(between)]

    return listed


def _integer(value: str) -> object:
    return int(value) if len(value) < _INT64_DIGITS and value.removeprefix("-").isdecimal() else value


def _float(value: str) -> object:
    try:
        return float(value) if value[-1:].isdecimal() else value
    except ValueError:
        return value


def _unescaped(value: str) -> str:
    return _ESCAPE.sub(_said_by, value)


def _said_by(found: re.Match[str]) -> str:
    text = found[0]
    return "\\" if text == "\\\\" else bytes.fromhex(text.replace("\\x", "")).decode(errors="replace")


READER = Reader(
    id="zeek-tsv", title="Zeek logs as text between tabs", fills=FILLS, cut=Cut.HEADED, told_by=told_by, read=read
)
