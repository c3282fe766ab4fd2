from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.hunt import csv_rows
from unrig.hunt.streams import MAX_LINE, Block, Rejected, Stream, blocks

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=6)


def framed(data: bytes) -> Iterator[Block | Rejected]:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        stream = Stream(descriptor=file.fileno(), source="s", start=0, end=1 << 60)
        yield from csv_rows._rows(blocks(stream))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=3), min_size=1, max_size=6))
def test_rows_come_back_as_they_were_written(rows: list[list[str]]) -> None:
    sink = io.StringIO()
    csv.writer(sink, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    data = sink.getvalue().encode()
    read, places = [], []
    for block in framed(data):
        assert isinstance(block, Block)
        for number, (line, offset) in enumerate(zip(block.lines, block.offsets, strict=True), start=block.first):
            if line:
                read.append(next(csv.reader([line.decode()])))
                places.append((number, offset))
    assert read == rows
    assert [data[:offset].count(b"\n") + 1 for _, offset in places] == [number for number, _ in places]


def test_a_quote_that_never_closes_costs_its_rows_only_up_to_the_limit() -> None:
    good = b'1,2\n"a",b\n'
    found = list(framed(good + b'"open\n' + b"x,y\n" * (MAX_LINE // 4) + good))
    [bad] = [each for each in found if isinstance(each, Rejected)]
    assert (bad.record, bad.offset) == (3, len(good))
    assert b"1,2" in [line for each in found if isinstance(each, Block) for line in each.lines[-4:]]


@pytest.mark.parametrize(
    ("head", "names"),
    [(b'\xef\xbb\xbf"a", b \r\n1,2', ("a", "b")), (b"", ()), (b"\xff\xfe", ()), (b"only", ("only",))],
)
def test_a_header_is_the_first_line(head: bytes, names: tuple[str, ...]) -> None:
    assert csv_rows.header(head) == names
    assert os.sep not in "".join(names)
