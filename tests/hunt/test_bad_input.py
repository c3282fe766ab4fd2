"""Nothing that a log holds stops the run: what is bad is counted and named with its place, what is good is read."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest

from unrig.hunt.ingest import Ingested, ingest
from unrig.hunt.streams import MAX_LINE
from unrig.store.event_tables import EventTables, event_tables


def read(data: bytes, folder: Path, kit: Any, name: str = "log") -> tuple[list[dict[str, Any]], Ingested]:
    (folder / name).write_bytes(data)
    with event_tables("256MB") as tables:
        found = ingest([str(folder / name)], tables, kit.workers)
        rows = tables.answer(tables.tables["process"].order_by("offset")).to_pylist()
    return rows, found


def place(found: Ingested) -> str:
    [problem] = found.problems
    return problem.where.rsplit(": ")[1]


@pytest.mark.parametrize("size", [MAX_LINE + 1, 10_000_000])
def test_a_record_that_is_too_large_costs_itself(log: Any, tmp_path: Path, kit: Any, size: int) -> None:
    good = log.start(0, "pc1", kit.phone).lines()
    rows, found = read(good + b'{"EventID":1,"CommandLine":"' + b"x" * size + b'"}\n' + good, tmp_path, kit)
    assert [row["record"] for row in rows] == [1, 3]
    assert place(found) == f"record 2, byte {len(good)}"


def test_a_line_of_one_megabyte_is_a_record(log: Any, tmp_path: Path, kit: Any) -> None:
    rows, found = read(log.start(0, "pc1", kit.phone, CommandLine="x" * 1_000_000).lines(), tmp_path, kit)
    assert len(rows[0]["command_line"]) == 1_000_000
    assert not found.problems


def test_lines_in_another_encoding_are_counted_and_the_rest_is_read(log: Any, tmp_path: Path, kit: Any) -> None:
    good = log.start(0, "pc1", "C:\\é.exe").lines()
    latin = json.dumps(json.loads(good), ensure_ascii=False).encode("latin-1") + b"\n"
    rows, found = read(good + latin + latin + good, tmp_path, kit)
    assert [row["image"] for row in rows] == ["c:\\é.exe"] * 2
    assert (place(found), found.sources[0].rejected) == (f"record 2, byte {len(good)}", 2)


def test_disorder_and_repetition_keep_every_row_with_its_place(log: Any, tmp_path: Path, kit: Any) -> None:
    lines = log.start(5, "pc1", kit.phone).start(1, "pc1", kit.phone).start(3, "pc1", kit.phone).lines()
    rows, found = read(lines * 2, tmp_path, kit)
    assert [row["record"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row["time"].day for row in rows] == [9, 5, 7] * 2
    assert not found.problems


def test_times_that_no_clock_shows_are_kept_as_they_stand(log: Any, tmp_path: Path, kit: Any) -> None:
    early, late = '"UtcTime": "1601-01-01 00:00:00.000"', '"UtcTime": "9999-12-31 23:59:59.999"'
    one = log.start(0, "pc1", kit.phone).lines().decode()
    written = one[one.index('"UtcTime"') : one.index(', "Computer"')]
    rows, found = read((one.replace(written, early) + one.replace(written, late) + one).encode(), tmp_path, kit)
    assert [row["time"].year for row in rows] == [1601, 9999, 2024]
    assert not found.problems


def test_the_name_of_a_file_says_nothing(log: Any, tmp_path: Path, kit: Any) -> None:
    data = log.start(0, "pc1", kit.phone).lines()
    for name, content in (("a.evtx", data), ("b.json", gzip.compress(gzip.compress(data))), ("c.gz", data)):
        rows, found = read(content, tmp_path, kit, name)
        assert (len(rows), found.sources[0].kind, found.problems) == (1, "sysmon-jsonl", ())


def test_a_cut_file_within_two_layers_keeps_what_came_before(tmp_path: Path, kit: Any) -> None:
    data = b"".join(kit_line(number) for number in range(3000))
    packed = gzip.compress(gzip.compress(data))
    rows, found = read(packed[: len(packed) * 2 // 3], tmp_path, kit)
    assert 0 < len(rows) < 3000
    assert "damaged" in {problem.kind.value for problem in found.problems}


def kit_line(number: int) -> bytes:
    event = {
        "EventID": 1,
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "UtcTime": "2024-03-04 09:00:00.000",
        "Computer": "pc1",
        "CommandLine": str(random.Random(number).random()),
    }
    return json.dumps(event).encode() + b"\n"


def test_one_bad_file_does_not_keep_the_others_from_being_read(
    log: Any, tables: EventTables, tmp_path: Path, kit: Any
) -> None:
    log.start(0, "pc1", kit.phone).write(tmp_path / "good")
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    (tmp_path / "cut.parquet").write_bytes(b"PAR1" + bytes(100))
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"x")[:-12])
    read_ = ingest([str(tmp_path)], tables, kit.workers)
    assert {Path(problem.where.split(": ")[0]).name for problem in read_.problems} == {
        "cut.zip",
        "cut.parquet",
        "cut.gz",
    }
    assert "good" in {Path(source.path).name for source in read_.sources if source.rows}
