"""Views of somebody's tables as event classes: every value in the type and case of ours, so that no match is lost.

What unrig's own readers do to values (columns.py, values.py), as expressions. A value that does not fit becomes null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from unrig.data.events import HASH_LENGTHS, Column, ColumnType, arrow_schema, columns_of
from unrig.hunt.columns import GUIDS
from unrig.hunt.mapping import Given, MappedTable, origin
from unrig.hunt.values import FALSE, NOTHING, TRUE

if TYPE_CHECKING:
    import ibis.expr.types as ir

Moment = Callable[["ir.IntegerValue"], "ir.TimestampValue"]
NAMES = frozenset({"query", "host", "server_name", "destination_host"})
"""Names of the DNS: some sensors write the dot of the root behind them."""
PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+]00:?00)?$"
"""A time in text, in UTC."""


class UnfitError(ValueError):
    """A column of a table cannot be what the mapping says; the message says what was expected and what it is."""


def view(table: ir.Table, mapped: MappedTable, source: str, moment: Moment) -> ir.Table:
    """Return the rows of a table as events of its class; those without a time are left out.

    `moment` is the engine's way to make a time of microseconds since 1970.

    Raises UnfitError where a column's type cannot be ours.
    """
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    kinds = ibis.Schema.from_pyarrow(arrow_schema(mapped.event_class))
    own: dict[str, ir.Value] = {"source": ibis.literal(source), "time_basis": ibis.literal("stated")}
    for name, column in columns_of(mapped.event_class).items():
        if name in mapped.columns:
            own[name] = _column(table, name, column, origin(mapped.columns[name]), moment)
    zero = ibis.literal(0, type="int64")
    own["record"] = own["record"].fill_null(zero) if "record" in own else zero
    own["offset"] = zero
    given = {name: own.get(name, ibis.null(kind)).cast(kind) for name, kind in kinds.items()}
    rows = _of_the_class(table, mapped.where).select(**given)
    return rows.filter(rows.time.notnull())


def counted(table: ir.Table, mapped: MappedTable, source: str, moment: Moment) -> ir.Table:
    """Return one row: how many rows of the table are of the class, and how many of these have a time."""
    whole = _of_the_class(table, mapped.where)
    every = whole.agg(rows=whole.count())
    timed = view(table, mapped, source, moment)
    return every.cross_join(timed.agg(timed=timed.count()))


def _of_the_class(table: ir.Table, where: Mapping[str, list[str | int]]) -> ir.Table:
    for name, wanted in where.items():
        value = table[name]
        texts = value.type().is_string()
        if not texts and not (value.type().is_integer() and all(isinstance(each, int) for each in wanted)):
            raise UnfitError(
                f"where {name}: expected text, or whole numbers and a column of them, found {value.type()}"
            )
        table = table.filter(value.isin([str(each) for each in wanted] if texts else wanted))
    return table


def _column(table: ir.Table, name: str, column: Column, given: Given, moment: Moment) -> ir.Value:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    if given.constant:
        return ibis.literal(given.constant.lower() if column.fold else given.constant)
    value = table[given.column]
    if given.words:
        value = _in_words(value, given.words)
    try:
        if column.type is ColumnType.TIMESTAMP:
            return _time(value, given, moment)
        return _CONVERTERS[column.type](value, name, column)
    except UnfitError as error:
        raise UnfitError(f"{name}: {error}, found {given.column} of type {table[given.column].type()}") from error


def _in_words(value: ir.Value, words: Mapping[str, str]) -> ir.StringValue:
    said = _said(value)
    return said.lower().cases(*((word.lower(), meaning) for word, meaning in sorted(words.items())), else_=said)


def _said(value: ir.Value) -> ir.StringValue:
    """Return a value as text; null for what sensors write where there is nothing."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    kind = value.type()
    if kind.is_boolean():
        return value.ifelse("true", "false")
    if kind.is_inet():
        value = value.cast("string").re_replace("/(32|128)$", "")
    elif not (kind.is_string() or kind.is_integer() or kind.is_uuid() or kind.is_macaddr()):
        raise UnfitError("expected text")
    text = value.cast("string")
    return ibis.ifelse(text.isin(sorted(NOTHING)), ibis.null("string"), text)


def _text(value: ir.Value, name: str, column: Column) -> ir.StringValue:
    text = _said(value)
    if column.part:
        return _hash_part(text.lower(), column.part)
    if name == "device":
        return _device(text)
    if not column.fold:
        return text
    text = text.lower()
    if name in GUIDS:
        text = text.re_replace("^[{]|[}]$", "")
    return text.re_replace(r"\.+$", "").nullif("") if name in NAMES else text


def _hash_part(text: ir.StringValue, part: str) -> ir.StringValue:
    """Return the hash of that kind: the whole value, or its part of a list such as Sysmon's Hashes."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    digits = f"[0-9a-f]{{{HASH_LENGTHS[part]}}}"
    listed = text.re_extract(f"(^|[,; ]){part.lower()}=({digits})($|[,; ])", 2)
    return ibis.ifelse(text.re_search(f"^{digits}$"), text, listed).nullif("")


def _device(text: ir.StringValue) -> ir.StringValue:
    """Return what model.device.device_id makes of a name."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    name = text.strip().lower().re_replace(r"^.*\\", "").re_replace(r"[$]+$", "").re_replace(r"\.+$", "")
    address = name.re_search(r"^[0-9]+(\.|$)") | name.contains(":")
    return ibis.ifelse(address, name, name.re_replace(r"\..*$", "")).nullif("")


def _integer(value: ir.Value, _name: str, _column: Column) -> ir.IntegerValue:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    if value.type().is_string():
        digits = ibis.ifelse(value.re_search("^[+-]?[0-9]{1,18}$"), value, ibis.null("string"))
        return digits.cast("int64")
    if value.type().is_integer() or value.type().is_decimal():
        return value.cast("int64")
    raise UnfitError("expected a whole number")


def _real(value: ir.Value, _name: str, _column: Column) -> ir.FloatingValue:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    if value.type().is_string():
        number = value.re_search(r"^[+-]?[0-9]{1,18}(\.[0-9]{0,18})?(e[+-]?[0-9]{1,2})?$")
        return ibis.ifelse(number, value, ibis.null("string")).cast("float64")
    if value.type().is_numeric() and not value.type().is_boolean():
        return value.cast("float64")
    raise UnfitError("expected a number")


def _boolean(value: ir.Value, _name: str, _column: Column) -> ir.BooleanValue:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    if value.type().is_boolean():
        return value
    if value.type().is_string() or value.type().is_integer():
        word = value.cast("string").lower()
        return ibis.cases((word.isin(sorted(TRUE)), True), (word.isin(sorted(FALSE)), False), else_=None)
    raise UnfitError("expected a Boolean, or true and false in words or as 1 and 0")


def _time(value: ir.Value, given: Given, moment: Moment) -> ir.TimestampValue:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    kind = value.type()
    if kind.is_numeric() and not kind.is_boolean():
        if not given.unit:
            raise UnfitError("expected a time, or a number with its unit (s, ms, us or ns since 1970)")
        return moment(_micros(value, given.unit))
    if given.unit:
        raise UnfitError(f"expected a number, for the unit {given.unit}")
    if kind.is_timestamp():
        return value.cast("timestamp(6)")
    if kind.is_string():
        plain = value.re_replace("(Z|[+]00:?00)$", "").replace("T", " ")
        return ibis.ifelse(value.re_search(ISO), plain, ibis.null("string")).cast("timestamp(6)")
    raise UnfitError("expected a time (a day is none)")


def _micros(value: ir.NumericValue, unit: str) -> ir.IntegerValue:
    """Return a number of units since 1970 in microseconds."""
    scale = PER_SECOND[unit]
    if value.type().is_integer():
        number = value.cast("int64")
        return (
            number * (PER_SECOND["us"] // scale)
            if scale <= PER_SECOND["us"]
            else ((number - number % 1000) / 1000).round().cast("int64")
        )
    return (value.cast("float64") * (PER_SECOND["us"] / scale)).round().cast("int64")


_CONVERTERS: Mapping[ColumnType, Callable[[ir.Value, str, Column], ir.Value]] = {
    ColumnType.TEXT: _text,
    ColumnType.INTEGER: _integer,
    ColumnType.REAL: _real,
    ColumnType.BOOLEAN: _boolean,
}
