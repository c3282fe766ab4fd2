"""Nothing that a log holds stops the run: what is bad is counted and named with its place, what is good is read."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import random
import zipfile
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


ZEEK = """#separator \\x09
#path\tdns
#fields\tts\tid.orig_h\tquery
1709542800.0\t10.0.0.1\ta.example
#fields\tts\tquery\tid.orig_h
1709542801.0\tb.example\t10.0.0.2
1709542802.0\tc.example
"""


def zipped(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


def test_a_folder_with_everything_that_goes_wrong_is_hunted_to_its_end(log: Any, tmp_path: Path, kit: Any) -> None:
    bad = kit.sha("b")
    for day in range(30):
        log.load(day, "pc1", kit.folder + "media.dll", bad)
    good = log.lines()
    late, early = (
        log.__class__().load(day, "pc2", kit.folder + "other.dll", kit.sha("c")).lines() for day in (4000, -20_000)
    )
    files = {
        "good.jsonl": good,
        "copied.txt": b"".join(sorted(good.splitlines(keepends=True), reverse=True)),
        "wide.log": good.decode().encode("utf-16-le"),
        "large.jsonl": good + b'{"EventID":1,"x":"' + b"x" * 10_000_000 + b'"}\n' + good,
        "mixed.jsonl": good + '{"Image": "\u00e9"}\n'.encode("latin-1") + b"\0" * 50 + b"\n" + good,
        "clock.jsonl": good + late + early,
        "dns.log": ZEEK.encode(),
        "twice.gz": gzip.compress(gzip.compress(good)),
        "nested.zip": zipped("inner.zip", zipped("a.jsonl", good)),
        "bomb.gz": gzip.compress(gzip.compress(bytes(50_000_000))),
        "picture.evtx": b"\x89PNG\r\n" + bytes(200),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    result = kit.run(str(tmp_path), leads=[kit.hash_lead(bad)])
    named = {Path(each.where.split(": ")[0].split("!/")[0]).name: each for each in result.problems}
    assert set(named) == {
        *("large.jsonl", "mixed.jsonl", "clock.jsonl", "dns.log", "nested.zip", "bomb.gz", "picture.evtx"),
    }
    assert named["nested.zip"].observed == "an archive within an archive"
    assert named["dns.log"].where.endswith(f"record 7, byte {ZEEK.index('1709542802')}")
    read_ = {Path(each.path).name: each for each in result.sources}
    assert {name: source.rows for name, source in read_.items() if source.rows} == {
        "good.jsonl": 30,
        "copied.txt": 30,
        "wide.log": 30,
        "large.jsonl": 60,
        "mixed.jsonl": 60,
        "clock.jsonl": 32,
        "dns.log": 2,
        "twice.gz": 30,
    }
    assert (read_["large.jsonl"].rejected, read_["mixed.jsonl"].rejected) == (1, 2)
    assert read_["clock.jsonl"].misdated == 2
    assert sum(each.repeats for each in result.sources) == 30 * 8
    [sighting] = [each for each in result.sightings if each.of == "h-lead"]
    assert (sighting.count, sighting.first, sighting.last) == (30, kit.start, kit.start + dt.timedelta(days=29))
