from __future__ import annotations

import csv
import hashlib
import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unrig.model.errors import FormatError
from unrig.scope.columns import ALIASES, canonical, canonical_columns
from unrig.scope.inventory import READERS
from unrig.scope.inventory.csv_inventory import MAX_CELL, MAX_RECORD_LINES, READER, read_chunk
from unrig.scope.lines import MAX_LINE, read_lines, tell_encoding
from unrig.scope.reader import InventoryTask

HASH = hashlib.sha256(b"thing").hexdigest()
HEAD = "Host Name,Software,Version,OS,SHA256\n"


def read(tmp_path: Path, data: bytes, max_rows: int = 20_000) -> Any:
    path = tmp_path / "inventory.csv"
    path.write_bytes(data)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        chunks, task = [], InventoryTask(source="s", max_rows=max_rows)
        while task is not None:
            chunk = read_chunk(task, (descriptor,))
            assert chunk.resume is None or chunk.resume.offset > task.offset
            chunks.append(chunk)
            task = chunk.resume
        return chunks
    finally:
        os.close(descriptor)


def rows(chunks: Any) -> Any:
    return [row for chunk in chunks for row in chunk.rows]


def bad(chunks: Any) -> Any:
    return [(one.line, one.why) for chunk in chunks for one in chunk.bad]


def test_the_reader_is_listed_and_documented() -> None:
    assert tuple(sorted(READERS, key=lambda reader: reader.id)) == READERS
    module = sys.modules[READER.function.partition(":")[0]]
    assert getattr(module, READER.function.partition(":")[2]) is READER.read
    assert "Fills:" in (module.__doc__ or "")
    assert "Drops:" in (module.__doc__ or "")
    assert all(column in (module.__doc__ or "") for column in READER.fills)


def test_a_row_becomes_what_it_says(tmp_path: Path) -> None:
    (row,) = rows(
        read(tmp_path, f"{HEAD}PC-1.corp.example,SoftPhone,18.12.416,Windows 11 Pro,{HASH.upper()}\n".encode())
    )
    assert (row.device, row.product, row.version, row.platform) == (
        "PC-1.corp.example",
        "SoftPhone",
        "18.12.416",
        "windows",
    )
    assert row.identity.sha256 == HASH
    assert row.record == 2
    assert row.identity.discriminates == {}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_every_delimiter_in_every_encoding(tmp_path: Path, delimiter: Any, encoding: Any) -> None:
    text = "\r\n".join(
        delimiter.join(cells) for cells in (("Device", "Product", "Customer"), ("d1", "P", "Müller"), ("d2", "P", "Ö"))
    )
    chunks = read(tmp_path, text.encode(encoding))
    assert [(row.device, row.customer) for row in rows(chunks)] == [("d1", "Müller"), ("d2", "Ö")]
    assert bad(chunks) == []
    assert chunks[0].layout.delimiter == delimiter


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_lines_end_only_at_whole_units(tmp_path: Path, encoding: str) -> None:
    # Read at odd offsets, U+0A41 U+0100 (little endian) and U+0100 U+0A41 (big endian) hold the bytes of a newline.
    text = "device,product\nd1,\u0a41\u0100\u0a41\nx\nd2,y\n"
    chunks = read(tmp_path, text.encode(encoding))
    assert [row.device for row in rows(chunks)] == ["d1", "d2"]
    assert bad(chunks) == [(3, "1 cells where the header has 2")]


@pytest.mark.parametrize("max_rows", [1, 2, 3, 7, 100])
def test_chunks_join_without_loss_or_repetition(tmp_path: Path, max_rows: Any) -> None:
    lines = [
        f'd{i},"Soft, Phone",1.{i},linux,{HASH}' if i % 3 else f'd{i},"two\nlines",1.{i},linux,' for i in range(40)
    ]
    chunks = read(tmp_path, (HEAD + "\n".join(lines)).encode(), max_rows)
    assert [row.device for row in rows(chunks)] == [f"d{i}" for i in range(40)]
    assert rows(chunks)[0].product == "two lines"
    assert all(len(chunk.rows) <= max_rows for chunk in chunks)
    numbers = [row.record for row in rows(chunks)]
    assert numbers == sorted(numbers)
    assert numbers[:3] == [2, 4, 5]


def test_headers_match_by_letters_and_digits_and_others_are_told(tmp_path: Path) -> None:
    data = f"HOST-NAME;software_title;Display Version;Favourite colour;SHA-256\npc;P;1;blue;{HASH}\n".encode()
    (chunk,) = read(tmp_path, data)
    assert chunk.layout.columns == ("device", "product", "version", "", "sha256")
    assert chunk.layout.unmatched == ("Favourite colour",)


def test_the_alias_table_is_unambiguous_and_folded() -> None:
    aliases = [alias for names in ALIASES.values() for alias in names]
    assert len(aliases) == len(set(aliases))
    assert all(alias == "".join(c for c in alias.casefold() if c.isalnum()) for alias in aliases)
    assert all(canonical(column) == column for column in ALIASES)
    assert canonical_columns(("Device", "Host", "Product")) == ("device", "", "product")


def test_excels_separator_line_and_blank_lines_are_no_rows(tmp_path: Path) -> None:
    chunks = read(tmp_path, b"sep=;\r\n\r\nDevice;Product\r\n\r\nd1;P\r\n\r\n")
    assert [(row.device, row.record) for row in rows(chunks)] == [("d1", 5)]
    assert bad(chunks) == []


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"Product,Version\nP,1\n", "a column for the device (device, devicename"),
        (b"Device,Version\nd,1\n", "a column for the product (product, productname"),
        (b"a,b,c\n1,2,3\n", "found the columns a, b, c"),
        (b"", "a header line"),
        (b"\n\n\n", "a header line"),
        (b"\x00\x01\x02\x03\x04", "a column for the device"),
    ],
)
def test_no_header_no_reading(tmp_path: Path, data: Any, says: Any) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, data)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("d9,P,1,linux", "4 cells where the header has 5"),
        ("d9,P,1,linux,,extra", "6 cells where the header has 5"),
        ("d9,P\0,1,linux,", "a NUL character"),
        ('d9,"P"x,1,linux,', "a quote that is not closed, or stands inside a cell"),
        ('d9,"P,1,linux,', "a quote that is not closed, or stands inside a cell"),
        (",P,1,linux,", "no device"),
        ("d9,,1,linux,", "neither a product nor a SHA-256"),
        (f"d9,{'x' * (MAX_CELL + 1)},1,linux,", f"a cell longer than {MAX_CELL} characters"),
        (f"d9,{'x' * (MAX_LINE + 1)},1,linux,", f"the line is longer than {MAX_LINE} bytes"),
    ],
)
def test_one_bad_row_is_named_and_hides_nothing(tmp_path: Path, line: Any, why: Any) -> None:
    chunks = read(tmp_path, f"{HEAD}d1,P,1,linux,\n{line}\nd2,P,1,linux,\nd3,P,1,linux,\n".encode())
    assert [row.device for row in rows(chunks)] == ["d1", "d2", "d3"]
    assert bad(chunks) == [(3, why)]
    assert sum(chunk.rejected for chunk in chunks) == 1


def test_a_quote_opened_on_purpose_hides_no_row_behind_it(tmp_path: Path) -> None:
    # The second quote, rows later, would close the cell and swallow every row between with the right number of cells.
    lines = ["d0,P,1,linux,", 'evil,"P', *(f"d{i},P,1,linux,{HASH}" for i in range(1, 9)), 'x",1,linux,']
    chunks = read(tmp_path, (HEAD + "\n".join(lines)).encode())
    assert [row.device for row in rows(chunks)] == [f"d{i}" for i in range(9)]
    assert [line for line, _ in bad(chunks)] == [3, 12]


def test_a_cell_over_lines_is_one_cell_and_an_endless_one_is_given_up(tmp_path: Path) -> None:
    note = "\n".join("some note" for _ in range(5))
    chunks = read(tmp_path, f'{HEAD}d1,"{note}",1,linux,\nd2,P,1,linux,\n'.encode())
    assert [row.device for row in rows(chunks)] == ["d1", "d2"]
    endless = "\n".join("note" for _ in range(MAX_RECORD_LINES + 3))
    chunks = read(tmp_path, f'{HEAD}d1,"{endless}\nd2,P,1,linux,\n'.encode())
    assert [row.device for row in rows(chunks)] == ["d2"]
    assert sum(chunk.rejected for chunk in chunks) == MAX_RECORD_LINES + 3


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-2", "=HYPERLINK(1)"])
def test_a_cell_that_looks_like_a_formula_is_text(tmp_path: Path, cell: Any) -> None:
    (row,) = rows(read(tmp_path, f"{HEAD}{cell},{cell},{cell},linux,\n".encode()))
    assert (row.device, row.product, row.version) == (cell, cell, cell)


def test_a_hash_that_is_none_leaves_the_row_and_is_told(tmp_path: Path) -> None:
    chunks = read(tmp_path, f"{HEAD}d1,P,1,linux,{'a' * 32}\nd2,P,1,linux,sha256:{HASH}\n".encode())
    assert [row.identity.sha256 for row in rows(chunks)] == ["", HASH]
    assert bad(chunks) == [(2, "the hash is no SHA-256 (64 hexadecimal digits)")]
    assert (chunks[0].rejected, chunks[0].doubtful) == (0, 1)


def test_one_row_in_another_encoding_is_still_read(tmp_path: Path) -> None:
    data = HEAD.encode() + b"d1,P,1,linux,\n" * 6000 + b"d\xfc,P,1,linux,\n" + "dü,P,1,linux,\n".encode()
    chunks = read(tmp_path, data)
    assert [row.device for row in rows(chunks)][-2:] == ["dü", "dü"]
    assert [line for line, _ in bad(chunks)] == [6002]


def test_control_characters_never_leave_the_reader(tmp_path: Path) -> None:
    (row,) = rows(read(tmp_path, f"{HEAD}d\x1b[31m,P\u202e\x9b,1,linux,\n".encode()))
    assert row.device == "d\ufffd[31m"
    assert row.product == "P\ufffd\ufffd"


def test_all_optional_columns_arrive(tmp_path: Path) -> None:
    head = "device,product,version,arch,customer,country,signer,path,purl,upgrade_code,bundle_id,last_seen,authentihash"
    cells = "d,P,1,amd64,C,AT,CN=X,C:\\Apps\\a.dll,pkg:npm/left@1,{ab12},com.x,2026-01-01T00:00:00Z," + HASH
    (row,) = rows(read(tmp_path, f"{head}\n{cells}\n".encode()))
    identity = row.identity
    assert (row.arch, row.customer, row.country, row.seen) == ("x86_64", "C", "AT", "2026-01-01T00:00:00Z")
    assert (identity.name, identity.purl, identity.upgrade_code, identity.bundle_id) == (
        "a.dll",
        "pkg:npm/left@1",
        "AB12",
        "com.x",
    )
    assert identity.authenticode_hash == {"sha256": HASH}
    assert identity.signer is not None
    assert identity.signer.subject == "CN=X"


def test_lines_longer_than_the_limit_end_where_they_end(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"a\n" + b"x" * (3 * MAX_LINE) + b"\nb")
    descriptor = os.open(path, os.O_RDONLY)
    lines = list(read_lines(descriptor, 0, "utf-8"))
    os.close(descriptor)
    assert [(line.raw[:2], line.overlong) for line in lines] == [(b"a", False), (b"xx", True), (b"b", False)]
    assert len(lines[1].raw) == MAX_LINE
    assert lines[-1].end == path.stat().st_size


def test_encoding_is_told_by_what_stands_there() -> None:
    assert tell_encoding(b"").name == "utf-8"
    assert tell_encoding("ä".encode("latin-1") + b"bc").name == "latin-1"
    assert tell_encoding(b"x" * 65535 + "ä".encode()[:1]).name == "utf-8"


CELLS = st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"]), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=st.lists(st.tuples(CELLS, CELLS), max_size=8), delimiter=st.sampled_from([",", ";", "\t", "|"]))
def test_what_a_csv_writer_writes_is_read_back(tmp_path: Path, table: Any, delimiter: Any) -> None:
    table = [cells for cells in table if all(cell.split() for cell in cells)]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([("device", "product"), *table])
    chunks = read(tmp_path, out.getvalue().encode(), 3)
    assert bad(chunks) == []
    got = [(row.device, row.product) for row in rows(chunks)]
    assert got == [tuple(" ".join(cell.split()) for cell in cells) for cells in table]


SEED = f'{HEAD}d1,"a ""b"" c",1,Windows,{HASH}\nd2,"two\nlines",2,macOS,\n'.encode()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([SEED, SEED.decode().encode("utf-16"), SEED.replace(b",", b";")]),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6),
    st.integers(0, 400),
)
def test_any_flipped_byte_gives_rows_or_a_format_error(tmp_path: Path, data: Any, flips: Any, cut: Any) -> None:
    damaged = bytearray(data)
    for at, value in flips:
        damaged[at % len(damaged)] = value
    try:
        chunks = read(tmp_path, bytes(damaged[: len(damaged) - cut % 40]), 2)
    except FormatError:
        return
    assert len(rows(chunks)) <= 6
    for row in rows(chunks):
        assert row.device
        row.device.encode()
