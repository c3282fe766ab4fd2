"""Tables of installer databases: rows as they were written, schemas that lie, references that lead nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build.msi import MsiSpec, build_msi
from unrig.drill.build.msi_database import Cell, Pool, database, table_name
from unrig.drill.build.ole import OleStream, build_ole
from unrig.formats import msi_tables, ole
from unrig.formats.msi_tables import Column, Database, Kind, number, text
from unrig.formats.ole_header import Notes
from unrig.model.errors import FormatError

Tables = Mapping[str, Sequence[tuple[Cell, ...]]]
ROWS: Tables = {
    "Property": [("ProductName", "Drill Phone"), ("Empty", None)],
    "Binary": [("helper", 1)],
    "Media": [(1, 70_000, None, "#Data1.cab", None, None), (2, 90_000, None, "b.cab", None, None)],
    "Registry": [("R0", -1, "Software\\Key", "name", "value", "C0")],
    "InstallUISequence": [("CostInitialize", None, None), ("ExecuteAction", "NOT Installed", 1300)],
    "CustomAction": [("Go", 1, "helper", None, None), ("Later", 2, "helper", "x", -5)],
    "Icon": [],
}
POOLS = pytest.mark.parametrize("pool", [Pool(), Pool(long_references=True), Pool(code_page=65001)])


def opened(streams: Sequence[OleStream]) -> tuple[Database | None, Notes]:
    data = memoryview(build_ole(tuple(streams)))
    notes = Notes()
    return msi_tables.open_database(data, ole.read(data), notes), notes


def stored(tables: Tables, pool: Pool | None = None) -> dict[str, bytes]:
    return {stream.name: stream.content for stream in database(tables, pool or Pool())}


def from_parts(parts: Mapping[str, bytes]) -> tuple[Database, Notes]:
    found, notes = opened([OleStream(name=name, content=content) for name, content in parts.items()])
    assert found is not None
    return found, notes


@POOLS
def test_rows_come_back(pool: Pool) -> None:
    base, notes = from_parts(stored(ROWS, pool))
    for table, rows in ROWS.items():
        found = msi_tables.rows(base, table, notes)
        assert len(found) == len(rows)
        assert {tuple(row.values()) for row in found} == set(rows)
        assert base.tables[table].rows == len(rows)
    assert notes.lines == []


def test_columns_have_their_kinds() -> None:
    base, _ = from_parts(stored(ROWS))
    assert base.tables["Binary"].columns == (
        Column(name="Name", kind=Kind.STRING, is_key=True, nullable=False),
        Column(name="Data", kind=Kind.BINARY, is_key=False, nullable=False),
    )
    kinds = {column.name: column.kind for column in base.tables["Media"].columns}
    assert (kinds["DiskId"], kinds["LastSequence"], kinds["Cabinet"]) == (Kind.SHORT, Kind.LONG, Kind.STRING)


def test_a_file_without_tables_is_no_database() -> None:
    assert opened([OleStream(name="WordDocument", content=b"text")])[0] is None


def test_cells_of_the_wrong_kind_are_empty() -> None:
    row: msi_tables.Row = {"a": "text", "b": 7, "c": None}
    assert (text(row, "a"), text(row, "b"), text(row, "c"), text(row, "d")) == ("text", "", "", "")
    assert (number(row, "b"), number(row, "a"), number(row, "c"), number(row, "d")) == (7, 0, 0, 0)


def test_a_reference_to_no_string_is_damage_and_hides_no_row() -> None:
    parts = stored(ROWS)
    name = table_name("Property")
    parts[name] = parts[name][:6] + b"\xff\xff"
    base, notes = from_parts(parts)
    found = msi_tables.rows(base, "Property", notes)
    assert [row["Value"] for row in found][-1] is None
    assert len(found) == 2
    assert any("table Property: Value: expected a string below" in line for line in notes.lines)


def test_bytes_behind_the_last_row_are_damage() -> None:
    parts = stored(ROWS)
    parts[table_name("Property")] += b"x"
    _, notes = from_parts(parts)
    assert notes.lines == ["table Property: expected rows of 4 bytes, found 1 bytes behind the last"]


def test_tables_that_only_one_side_knows_are_damage() -> None:
    parts = stored(ROWS)
    parts[table_name("Hidden")] = b"rows"
    parts[table_name("_Tables")] = parts[table_name("_Tables")][2:]
    base, notes = from_parts(parts)
    assert any("none called Hidden" in line for line in notes.lines)
    assert any("one of Property" in line for line in notes.lines)
    assert base.tables["Property"].rows == 2


def test_no_pool_gives_no_strings_and_no_other_error() -> None:
    parts = stored(ROWS)
    del parts[table_name("_StringPool")]
    base, notes = from_parts(parts)
    assert notes.lines
    assert base.strings.texts == ("",)


def test_a_surplus_in_the_string_data_is_damage() -> None:
    _, notes = from_parts(stored(ROWS, Pool(surplus=40)))
    assert notes.lines[0].endswith("found 40 bytes more")


def test_more_rows_than_the_bound_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(msi_tables, "MAX_ROWS", 10)
    rows = [(f"p{index:03}", str(index)) for index in range(100)]
    base, notes = from_parts(stored({"Property": rows}))
    found = msi_tables.rows(base, "Property", notes)
    assert [tuple(row.values()) for row in found] == rows[:10]
    assert "table Property: expected at most 10 rows, found 100" in notes.lines


def test_a_stream_larger_than_the_bound_is_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(msi_tables, "MAX_STREAM", 10)
    _, notes = from_parts(stored(ROWS))
    assert any("a stream that can be read" in line for line in notes.lines)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.text("abcXYZ", min_size=1), st.one_of(st.none(), st.text("äöü\\ ", min_size=1))),
        unique_by=lambda row: row[0],
    ),
    st.lists(st.integers(-32767, 32767), max_size=5),
    st.booleans(),
)
def test_pack_then_unpack_is_the_identity(
    properties: list[tuple[str, str | None]], roots: list[int], long_references: bool
) -> None:
    registry = [(f"R{index}", root, "k", None, None, "C") for index, root in enumerate(roots)]
    base, notes = from_parts(
        stored({"Property": properties, "Registry": registry}, Pool(long_references=long_references))
    )
    assert {tuple(row.values()) for row in msi_tables.rows(base, "Property", notes)} == set(properties)
    assert {row["Root"] for row in msi_tables.rows(base, "Registry", notes)} == set(roots)
    assert notes.lines == []


PACKAGE = build_msi(MsiSpec())


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 1 << 20), st.integers(1, 255))
def test_any_flipped_byte_gives_rows_or_damage(place: int, mask: int) -> None:
    data = bytearray(PACKAGE)
    data[place % len(data)] ^= mask
    notes = Notes()
    try:
        structure = ole.read(memoryview(data))
    except FormatError:
        return
    base = msi_tables.open_database(memoryview(data), structure, notes)
    for name in base.tables if base else ():
        assert base is not None
        assert (
            len(msi_tables.rows(base, name, notes)) == min(base.tables[name].rows, msi_tables.MAX_ROWS) or notes.lines
        )
