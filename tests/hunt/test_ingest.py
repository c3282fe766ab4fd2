from __future__ import annotations

import gzip
import os
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.data.events import arrow_schema
from unrig.hunt import ingest as ingest_module
from unrig.hunt.ingest import checked_rows, ingest
from unrig.hunt.tasks import LIMITS, PRELOAD, READ, Segment
from unrig.model.problem import Problem, ProblemKind
from unrig.model.progress import Counter, Progress
from unrig.sandbox.pool import Pool
from unrig.store.event_tables import EventTables


def records(tables: EventTables, event_class: str) -> list[tuple[int, int]]:
    rows = tables.answer(tables.tables[event_class].select("record", "offset").order_by("record")).to_pylist()
    return [(row["record"], row["offset"]) for row in rows]


def test_a_sealed_worker_reads_what_this_process_would(log: Any, tables: EventTables, tmp_path: Path, kit: Any) -> None:
    for day in range(50):
        log.start(day, "pc1", kit.phone, kit.sha("a")).query(day, "pc1", kit.phone, "a.example")
    path = log.write(tmp_path / "log")
    with Pool(PRELOAD, LIMITS, jobs=1) as pool:
        read = ingest([path], tables, pool)
        assert pool.layers.missing == ()
    assert not read.problems
    [source] = read.sources
    assert (source.kind, source.rows, source.rejected, source.path) == ("sysmon-jsonl", 100, 0, path)
    assert source.sha256.startswith(source.id)
    assert len(records(tables, "process")) == len(records(tables, "dns")) == 50


def test_ranges_number_records_as_one_reading_does(
    log: Any, tables: EventTables, tmp_path: Path, kit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in range(40):
        log.start(day, "pc1", "C:\\" + "x" * day)
    data = log.lines().replace(b"\n", b"\n\n{bad\n", 7)
    (tmp_path / "log").write_bytes(data)
    monkeypatch.setattr(ingest_module, "range_of", lambda _: 997)
    monkeypatch.setattr(ingest_module, "WINDOW", 3)
    read = ingest([str(tmp_path / "log")], tables, kit.workers)
    found = records(tables, "process")
    assert len(found) == 40
    for record, offset in found:
        assert data[:offset].count(b"\n") == record - 1
        assert data[offset : offset + 1] == b"{"
    [problem] = read.problems
    first = data.index(b"{bad")
    number = data[:first].count(b"\n") + 1
    assert f"record {number}, byte {first}" in problem.where
    assert "7 of them" in problem.observed
    assert read.sources[0].rejected == 7


def test_a_compressed_log_is_read_whatever_its_name(log: Any, tables: EventTables, tmp_path: Path, kit: Any) -> None:
    log.start(0, "pc1", kit.phone)
    (tmp_path / "log.txt").write_bytes(gzip.compress(log.lines()))
    read = ingest([str(tmp_path)], tables, kit.workers)
    assert [source.rows for source in read.sources] == [1]


def test_the_same_content_is_read_once(log: Any, tables: EventTables, tmp_path: Path, kit: Any) -> None:
    log.start(0, "pc1", kit.phone)
    log.write(tmp_path / "one")
    log.write(tmp_path / "two")
    read = ingest([str(tmp_path), str(tmp_path / "one")], tables, kit.workers)
    assert len(read.sources) == 1
    assert len(records(tables, "process")) == 1


def test_what_cannot_be_read_is_a_problem_beside_the_rest(
    log: Any, tables: EventTables, tmp_path: Path, kit: Any
) -> None:
    log.start(0, "pc1", kit.phone)
    log.write(tmp_path / "good")
    (tmp_path / "picture").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "good")
    os.mkfifo(tmp_path / "pipe")
    read = ingest([str(tmp_path), str(tmp_path / "absent"), str(tmp_path / "*.evtx")], tables, kit.workers)
    kinds = {Path(problem.where).name: problem.kind for problem in read.problems}
    assert kinds == {
        "picture": ProblemKind.UNSUPPORTED,
        "empty": ProblemKind.UNSUPPORTED,
        "link": ProblemKind.ACCESS,
        "pipe": ProblemKind.ACCESS,
        "absent": ProblemKind.ACCESS,
        "*.evtx": ProblemKind.ACCESS,
    }
    assert [Path(source.path).name for source in read.sources] == ["good"]


def test_a_lost_worker_costs_its_range_only(log: Any, tables: EventTables, tmp_path: Path, kit: Any) -> None:
    class Dying:
        def map(self, call: Any, items: Any, batch: int = 16) -> Any:
            for index, answer in kit.workers.map(call, items, batch):
                dies = call is READ and index == 0
                yield index, _died(items[index].where) if dies else answer

    def _died(where: str) -> Problem:
        return Problem(
            id="x", kind=ProblemKind.WORKER_DIED, where=where, expected="", observed="", effect="", action=""
        )

    log.start(0, "pc1", kit.phone)
    read = ingest([log.write(tmp_path / "log")], tables, Dying())
    assert [problem.kind for problem in read.problems] == [ProblemKind.WORKER_DIED]


def segment_of(rows: pa.Table, event_class: str = "dns") -> tuple[bytes, Segment]:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    data = sink.getvalue().to_pybytes()
    return data, Segment(event_class=event_class, offset=0, length=len(data), rows=rows.num_rows)


def checked(data: bytes, segment: Segment) -> pa.Table | None:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return checked_rows(file.fileno(), segment)


GOOD = pa.Table.from_pylist([{"query": "a.example", "record": 1}] * 3, schema=arrow_schema("dns"))


def test_the_parent_takes_rows_in_the_schema_and_nothing_else() -> None:
    data, segment = segment_of(GOOD)
    assert checked(data, segment) == GOOD
    other = GOOD.rename_columns(["x", *GOOD.column_names[1:]])
    assert checked(*segment_of(other)) is None
    assert checked(*segment_of(GOOD.replace_schema_metadata({"a": "b"}))) is None
    assert checked(*segment_of(GOOD, "process")) is None
    assert checked(*segment_of(GOOD, "../etc")) is None
    assert checked(data, Segment(event_class="dns", offset=0, length=len(data), rows=4)) is None
    assert checked(data, Segment(event_class="dns", offset=0, length=len(data) + 1, rows=3)) is None
    assert checked(data, Segment(event_class="dns", offset=-1, length=len(data), rows=3)) is None
    assert checked(data, Segment(event_class="dns", offset=0, length=-1, rows=3)) is None


def test_text_that_is_not_utf8_is_refused() -> None:
    data, segment = segment_of(GOOD)
    assert data.count(b"a.example") == 3
    assert checked(data.replace(b"a.example", b"\xff.example"), segment) is None


@given(position=st.integers(0, 100_000), value=st.integers(1, 255))
def test_any_flipped_byte_from_a_worker_is_refused_or_valid_rows(position: int, value: int) -> None:
    data, segment = segment_of(GOOD)
    flipped = bytearray(data)
    flipped[position % len(data)] ^= value
    rows = checked(bytes(flipped), segment)
    assert rows is None or (rows.schema.equals(GOOD.schema) and rows.num_rows == 3 and len(rows.to_pylist()) == 3)


def test_what_is_read_is_told_as_it_arrives(log: Any, tables: EventTables, tmp_path: Path, kit: Any) -> None:
    for hour in range(3):
        log.start(hour, "pc1", kit.phone, kit.sha("a"))
    path = Path(log.write(tmp_path / "log"))
    told: list[Progress] = []
    ingest([str(path), str(tmp_path / "absent")], tables, kit.workers, Counter(report=told.append))
    last = told[-1]
    assert (last.files, last.of, last.events, last.bytes) == (2, 2, 3, path.stat().st_size)


def test_a_file_that_grows_is_read_up_to_where_it_was(log: Any, tables: EventTables, tmp_path: Path, kit: Any) -> None:
    path = Path(log.start(0, "pc1", kit.phone).write(tmp_path / "log"))
    more = log.start(1, "pc1", kit.phone).lines()

    class Slow:
        def map(self, call: Any, items: Any, batch: int = 16) -> Any:
            if call is READ:
                path.write_bytes(more + b'{"EventID": 1, "half')
            return kit.workers.map(call, items, batch)

    size = path.stat().st_size
    read = ingest([str(path)], tables, Slow())
    assert read.sources[0].rows == 1
    [problem] = read.problems
    assert (problem.kind, problem.where) == (ProblemKind.NOT_EVALUATED, f"{path}: byte {size}")
    assert "written since" in problem.effect


def test_a_half_written_last_line_is_counted_and_the_rest_is_read(
    log: Any, tables: EventTables, tmp_path: Path, kit: Any
) -> None:
    data = log.start(0, "pc1", kit.phone).lines()
    (tmp_path / "log").write_bytes(data + b'{"EventID": 1, "Utc')
    read = ingest([str(tmp_path)], tables, kit.workers)
    assert (read.sources[0].rows, read.sources[0].rejected) == (1, 1)
    assert f"record 2, byte {len(data)}" in read.problems[0].where
