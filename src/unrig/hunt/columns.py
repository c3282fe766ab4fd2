"""From decoded records to Arrow batches, a column at a time, as `events.toml` and `mappings.toml` say. Runs in sealed workers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from unrig.data.events import Column, ColumnType, arrow_schema, columns_of
from unrig.data.mappings import JOIN, FieldMap
from unrig.hunt.text_columns import BRACES, INTEGERS, TEXTS, folded, integers, plain
from unrig.hunt.values import boolean, hash_part, integer, moment, real, text
from unrig.model.device import device_id

if TYPE_CHECKING:
    from pyarrow import Array, RecordBatch

Record = dict[str, object]
"""One decoded event: field name to whatever JSON holds."""
Layout = tuple[str, ...]
"""The field names of a record in order. Events of one kind and source have the same, so that many records turn into
columns in one step; an empty one stands for records of any layout."""
Fields = Mapping[str, Sequence[object]]

FEW = 128
"""Rows below which calling Arrow costs more than looking at each value."""
MIXED: Layout = ()
GUIDS = frozenset({"process_guid", "parent_guid", "target_guid"})
"""Event logs render them without braces, JSON exports with: kept without, so that sources can be joined."""


class Row(NamedTuple):
    """One record with what the reader says of it. A tuple, for there are as many as events."""

    record: Record
    time: dt.datetime
    basis: str
    action: str
    line: int
    offset: int


def batch(fields: FieldMap, layout: Layout, rows: Sequence[Row], source: str) -> RecordBatch:
    """Return one batch in the schema of the map's class, of records of that layout."""
    import pyarrow as pa  # noqa: PLC0415  (loaded before the worker was sealed)

    records, times, bases, actions, lines, offsets = zip(*rows, strict=True)
    known = _known(fields)
    values = _values(records, layout or tuple(sorted(known)))
    given: dict[str, Sequence[Any]] = {
        "time": times,
        "time_basis": bases,
        "source": [source] * len(rows),
        "record": lines,
        "offset": offsets,
        "rest": _rest(records, fields) if layout == MIXED else _rest_of_layout(values, fields, len(rows)),
    }
    if "action" not in fields.fields:
        given["action"] = actions
    given |= {name: [word] * len(rows) for name, word in fields.constants.items()}
    schema = arrow_schema(fields.event_class)
    arrays = [
        pa.array(given[name], schema.field(name).type)
        if name in given
        else _array(name, column, fields, values, schema.field(name).type)
        for name, column in columns_of(fields.event_class).items()
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


@cache
def _known(fields: FieldMap) -> frozenset[str]:
    return frozenset(part for names in fields.fields.values() for name in names for part in name.split(JOIN))


@lru_cache(maxsize=1 << 10)
def _taken(fields: FieldMap, present: frozenset[str]) -> frozenset[str]:
    """Return the fields that columns take: of alternatives the first one there is, so that none is lost."""
    found: set[str] = set()
    for names in fields.fields.values():
        found.update(next((parts for name in names if present.issuperset(parts := name.split(JOIN))), ()))
    return frozenset(found)


def _values(records: Sequence[Record], names: Layout) -> Fields:
    """Return the values of each field; where the names are the records' layout, without looking any up."""
    if tuple(records[0]) == names:
        return dict(zip(names, zip(*(record.values() for record in records), strict=True), strict=True))
    return {name: [record.get(name) for record in records] for name in names}


def _rest(records: Sequence[Record], fields: FieldMap) -> list[str | None]:
    encode = msgspec.json.Encoder().encode
    known = _known(fields)
    taken = (_taken(fields, known.intersection(record)) for record in records)
    left = (
        {name: value for name, value in record.items() if name not in gone}
        for record, gone in zip(records, taken, strict=True)
    )
    return [encode(record).decode() if record else None for record in left]


def _rest_of_layout(values: Fields, fields: FieldMap, count: int) -> list[str | None]:
    taken = _taken(fields, _known(fields).intersection(values))
    names = [name for name in values if name not in taken]
    if not names:
        return [None] * count
    encode = msgspec.json.Encoder().encode
    rows = zip(*(values[name] for name in names), strict=True)
    return [encode(dict(zip(names, row, strict=True))).decode() for row in rows]


def _array(name: str, column: Column, fields: FieldMap, values: Fields, kind: Any) -> Array:
    import pyarrow as pa  # noqa: PLC0415  (loaded before the worker was sealed)

    count = len(next(iter(values.values()), ()))
    named = [each.split(JOIN) for each in fields.fields.get(name, ())]
    found = [_joined([values[part] for part in parts]) for parts in named if all(part in values for part in parts)]
    if not found:
        return pa.nulls(count, kind)
    first = found[0]
    for other in found[1:]:
        first = [second if one is None else one for one, second in zip(first, other, strict=True)]
    if fields.separator:
        first = _listed(first, fields.separator)
    if name not in fields.words:
        made = _at_once(name, column, first)
        if made is not None:
            return made
    convert = _converter(name, column)
    if name in fields.words:
        convert = _in_words(fields.words[name], convert)
    return pa.array(_converted(first, convert), kind)


def _at_once(name: str, column: Column, values: Sequence[object]) -> Array | None:
    """Return a column that Arrow can make by itself; None where each value needs a look."""
    if len(values) < FEW:
        return None
    kinds = set(map(type, values))
    if column.type is ColumnType.INTEGER:
        return integers(values) if kinds <= INTEGERS else None
    if column.type is not ColumnType.TEXT or column.part or name == "device" or not kinds <= TEXTS:
        return None
    if name in GUIDS:
        return folded(values, BRACES)
    return folded(values) if column.fold else plain(values)


def _joined(parts: Sequence[Sequence[object]]) -> Sequence[object]:
    """Return one value a row: with more than one part, their texts, joined where none is empty."""
    if len(parts) == 1:
        return parts[0]
    rows = zip(*(map(text, part) for part in parts), strict=True)
    return [JOIN.join(filter(None, row)) or None for row in rows]


def _listed(values: Sequence[object], separator: str) -> Sequence[object]:
    """Return the values with the texts of lists joined."""
    if list not in set(map(type, values)):
        return values
    return [
        separator.join(text(each) or "" for each in value) if isinstance(value, list) else value for value in values
    ]


def _in_words(words: Mapping[str, str], convert: Callable[[object], object]) -> Callable[[object], object]:
    def converted(value: object) -> object:
        said = text(value)
        return convert(words.get(said.lower(), value) if said else value)

    return converted


def _converted(values: Sequence[object], convert: Callable[[object], object]) -> list[object]:
    """Convert each distinct text once, for texts repeat. Other values do not mix in a set: True is 1 there."""
    if set(map(type, values)) <= TEXTS:
        table = {value: convert(value) for value in set(values)}
        return [table[value] for value in values]
    return [convert(value) for value in values]


def _converter(name: str, column: Column) -> Callable[[object], object]:
    match column.type:
        case ColumnType.TEXT if column.part:
            return lambda value: hash_part(text(value) or "", column.part)
        case ColumnType.TEXT if name == "device":
            return lambda value: device_id(text(value) or "") or None
        case ColumnType.TEXT if name in GUIDS:
            return lambda value: (text(value) or "").lower().strip("{}") or None
        case ColumnType.TEXT if column.fold:
            return lambda value: (text(value) or "").lower() or None
        case ColumnType.TEXT:
            return text
        case ColumnType.INTEGER:
            return integer
        case ColumnType.REAL:
            return real
        case ColumnType.BOOLEAN:
            return boolean
        case ColumnType.TIMESTAMP:
            return moment
