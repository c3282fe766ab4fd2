"""From decoded records to Arrow batches, a column at a time, as `events.toml` says.

Values are untrusted: whatever does not fit a column's type becomes null, never an error. Runs in sealed workers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from unrig.data.events import HASH_LENGTHS, Column, ColumnType, arrow_schema, columns_of
from unrig.model.device import device_id

if TYPE_CHECKING:
    from pyarrow import Array, RecordBatch

Record = dict[str, object]
"""One decoded event: field name to whatever JSON holds."""

NOTHING = frozenset({"", "-"})
"""What Windows and Sysmon write where there is nothing."""
_INT64 = 1 << 63
_SHORTEST_TIME = 16  # 2023-03-29T15:16; a day alone is no time
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})


class Rows(Struct, frozen=True, kw_only=True):
    """Records of one class with what the reader says of each; lists of equal length."""

    records: list[Record]
    times: list[dt.datetime]
    bases: list[str]
    actions: list[str]
    lines: list[int]
    offsets: list[int]


def batch(event_class: str, rows: Rows, source: str) -> RecordBatch:
    """Return one batch in the schema of the class."""
    import pyarrow as pa  # noqa: PLC0415  (loaded before the worker was sealed)

    count = len(rows.records)
    given: dict[str, list[object]] = {
        "time": list(rows.times),
        "time_basis": list(rows.bases),
        "source": [source] * count,
        "record": list(rows.lines),
        "offset": list(rows.offsets),
    }
    columns = columns_of(event_class)
    if not columns["action"].sysmon:
        given["action"] = list(rows.actions)
    given["rest"] = list(_rest(rows.records, _known(event_class)))
    schema = arrow_schema(event_class)
    arrays = [
        pa.array(given[name], schema.field(name).type) if name in given else _array(name, column, rows.records)
        for name, column in columns.items()
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def moment(value: object) -> dt.datetime | None:
    """Return a time of ISO 8601 (with T or a space, any number of decimals) as naive UTC; None for anything else."""
    if not isinstance(value, str) or len(value) < _SHORTEST_TIME:
        return None
    try:
        read = dt.datetime.fromisoformat(value)
        return read if read.tzinfo is None else read.astimezone(dt.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def text(value: object) -> str | None:
    """Return a value as text: Booleans as `true` and `false`, structures as JSON; None for nothing."""
    if isinstance(value, str):
        return None if value in NOTHING else value
    if value is None:
        return None
    return msgspec.json.encode(value).decode()


def integer(value: object) -> int | None:
    """Return a number of 64 bits given as such, in decimal or, after 0x, in hexadecimal digits."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = int(value, 16 if value[:2].lower() == "0x" else 10)
        except ValueError:
            return None
    return value if isinstance(value, int) and -_INT64 <= value < _INT64 else None


def boolean(value: object) -> bool | None:
    """Return a truth value given as such or in words."""
    word = text(value)
    if word is None:
        return None
    return True if word.lower() in _TRUE else False if word.lower() in _FALSE else None


def hash_part(hashes: str, part: str) -> str | None:
    """Return one hash of a list such as `SHA1=..,MD5=..,SHA256=..`, or of a bare one, in lower case."""
    length = HASH_LENGTHS[part]
    folded = hashes.lower()
    start = folded.find(f"{part.lower()}=")
    digits = folded[start + len(part) + 1 :][:length] if start >= 0 else folded if part != "IMPHASH" else ""
    return digits if len(digits) == length and not digits.strip("0123456789abcdef") else None


def _known(event_class: str) -> frozenset[str]:
    return frozenset(field for column in columns_of(event_class).values() for field in column.sysmon)


def _rest(records: Sequence[Record], known: frozenset[str]) -> Sequence[str | None]:
    encode = msgspec.json.Encoder().encode
    left = ({name: value for name, value in record.items() if name not in known} for record in records)
    return [encode(fields).decode() if fields else None for fields in left]


def _fields(records: Sequence[Record], names: tuple[str, ...]) -> list[object]:
    if not names:
        return [None] * len(records)
    found = [record.get(names[0]) for record in records]
    for name in names[1:]:
        found = [record.get(name) if value is None else value for value, record in zip(found, records, strict=True)]
    return found


def _array(name: str, column: Column, records: Sequence[Record]) -> Array:
    import pyarrow as pa  # noqa: PLC0415  (loaded before the worker was sealed)

    values = _fields(records, column.sysmon)
    match column.type:
        case ColumnType.TEXT:
            return pa.array(_texts(name, column, values), pa.string())
        case ColumnType.INTEGER:
            return pa.array(
                [value if type(value) is int and -_INT64 <= value < _INT64 else integer(value) for value in values],
                pa.int64(),
            )
        case ColumnType.BOOLEAN:
            return pa.array([value if type(value) is bool else boolean(value) for value in values], pa.bool_())
        case ColumnType.TIMESTAMP:
            return pa.array([moment(value) for value in values], pa.timestamp("us"))


def _texts(name: str, column: Column, values: Sequence[object]) -> Sequence[str | None]:
    """Texts repeat, so each distinct one is folded, normalised or taken apart once."""
    if not (column.fold or column.part):
        return [value if type(value) is str and value not in NOTHING else text(value) for value in values]
    seen: dict[object, str | None] = {None: None}
    found = []
    for value in values:
        key = value if type(value) is str else text(value)
        if key not in seen:
            seen[key] = _folded(name, column, key)
        found.append(seen[key])
    return found


def _folded(name: str, column: Column, value: str | None) -> str | None:
    if value is None or value in NOTHING:
        return None
    if column.part:
        return hash_part(value, column.part)
    return device_id(value) or None if name == "device" else value.lower()
