"""From decoded records to Arrow batches, a column at a time, as `events.toml` says. Runs in sealed workers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from unrig.data.events import Column, ColumnType, arrow_schema, columns_of
from unrig.hunt.values import boolean, hash_part, integer, moment, text
from unrig.model.device import device_id

if TYPE_CHECKING:
    from pyarrow import Array, RecordBatch

Record = dict[str, object]
"""One decoded event: field name to whatever JSON holds."""
Layout = tuple[str, ...]
"""The field names of a record in order. Events of one kind and source have the same, so that many records turn into
columns in one step; an empty one stands for records of any layout."""
Fields = Mapping[str, Sequence[object]]

MIXED: Layout = ()
_PLAIN = frozenset({str, type(None)})


class Row(NamedTuple):
    """One record with what the reader says of it. A tuple, for there are as many as events."""

    record: Record
    time: dt.datetime
    basis: str
    action: str
    line: int
    offset: int


def batch(event_class: str, layout: Layout, rows: Sequence[Row], source: str) -> RecordBatch:
    """Return one batch in the schema of the class, of records of that layout."""
    import pyarrow as pa  # noqa: PLC0415  (loaded before the worker was sealed)

    records, times, bases, actions, lines, offsets = zip(*rows, strict=True)
    columns, known = columns_of(event_class), _known(event_class)
    fields = _fields(records, layout or tuple(sorted(known)))
    given: dict[str, Sequence[Any]] = {
        "time": times,
        "time_basis": bases,
        "source": [source] * len(rows),
        "record": lines,
        "offset": offsets,
        "rest": _rest(records, known) if layout == MIXED else _rest_of_layout(fields, known, len(rows)),
    }
    if not columns["action"].sysmon:
        given["action"] = actions
    schema = arrow_schema(event_class)
    arrays = [
        pa.array(given[name], schema.field(name).type)
        if name in given
        else _array(name, column, fields, schema.field(name).type, len(rows))
        for name, column in columns.items()
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


@cache
def _known(event_class: str) -> frozenset[str]:
    return frozenset(field for column in columns_of(event_class).values() for field in column.sysmon)


def _fields(records: Sequence[Record], names: Layout) -> Fields:
    """Return the values of each field; where the names are the records' layout, without looking any up."""
    if tuple(records[0]) == names:
        return dict(zip(names, zip(*(record.values() for record in records), strict=True), strict=True))
    return {name: [record.get(name) for record in records] for name in names}


def _rest(records: Sequence[Record], known: frozenset[str]) -> list[str | None]:
    encode = msgspec.json.Encoder().encode
    left = ({name: value for name, value in record.items() if name not in known} for record in records)
    return [encode(fields).decode() if fields else None for fields in left]


def _rest_of_layout(fields: Fields, known: frozenset[str], count: int) -> list[str | None]:
    names = [name for name in fields if name not in known]
    if not names:
        return [None] * count
    encode = msgspec.json.Encoder().encode
    rows = zip(*(fields[name] for name in names), strict=True)
    return [encode(dict(zip(names, values, strict=True))).decode() for values in rows]


def _array(name: str, column: Column, fields: Fields, kind: Any, count: int) -> Array:
    import pyarrow as pa  # noqa: PLC0415  (loaded before the worker was sealed)

    found = [fields[each] for each in column.sysmon if each in fields]
    if not found:
        return pa.nulls(count, kind)
    values = found[0]
    for other in found[1:]:
        values = [second if first is None else first for first, second in zip(values, other, strict=True)]
    return pa.array(_converted(values, _converter(name, column)), kind)


def _converted(values: Sequence[object], convert: Callable[[object], object]) -> list[object]:
    """Convert each distinct text once, for texts repeat. Other values do not mix in a set: True is 1 there."""
    if set(map(type, values)) <= _PLAIN:
        table = {value: convert(value) for value in set(values)}
        return [table[value] for value in values]
    return [convert(value) for value in values]


def _converter(name: str, column: Column) -> Callable[[object], object]:
    match column.type:
        case ColumnType.TEXT if column.part:
            return lambda value: hash_part(text(value) or "", column.part)
        case ColumnType.TEXT if name == "device":
            return lambda value: device_id(text(value) or "") or None
        case ColumnType.TEXT if column.fold:
            return lambda value: (text(value) or "").lower() or None
        case ColumnType.TEXT:
            return text
        case ColumnType.INTEGER:
            return integer
        case ColumnType.BOOLEAN:
            return boolean
        case ColumnType.TIMESTAMP:
            return moment
