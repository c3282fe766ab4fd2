"""Large logs are cut in ranges: the rows are those of one reading, whatever the range."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from unrig.hunt import decode, tasks
from unrig.hunt import ingest as ingest_module
from unrig.hunt.ingest import ingest
from unrig.store.event_tables import EventTables, event_tables

HEAD = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n"


def zeek(_: Any) -> bytes:
    one = "#fields\tts\tid.orig_h\tquery\n#types\ttime\taddr\tstring\n" + "".join(
        f"17095428{number:02}.5\t10.0.0.{number}\ta{number}.example\n" for number in range(20)
    )
    two = "#fields\tts\tquery\tid.orig_h\n#types\ttime\tstring\taddr\n" + "".join(
        f"17095428{number:02}.5\tb{number}.example\t10.0.0.{number}\n" for number in range(20)
    )
    return (HEAD + one + two + "too few\n").encode()


def w3c(_: Any) -> bytes:
    one = "#Fields: date time c-ip cs-host\n" + "2024-03-04 09:00:00 10.0.0.7 a.example\n" * 20
    return (one + "#Fields: c-ip cs-host date time\n" + "10.0.0.8 b.example 2024-03-04 09:00:01\n" * 20).encode()


def evtx(event_log: Any) -> bytes:
    log = event_log()
    for number in range(150):
        log.sysmon(22, QueryName=f"a{number}.example", Image="C:\\x.exe")
    return log.bytes()


def read(path: Path, workers: Any) -> tuple[list[Any], Any]:
    with event_tables("256MB") as tables:
        found = ingest([str(path)], tables, workers)
        rows = [
            row for name in ("dns", "http") for row in tables.answer(tables.tables[name].order_by("offset")).to_pylist()
        ]
    return rows, found


@pytest.mark.parametrize(("make", "size", "count"), [(zeek, 101, 40), (w3c, 97, 40), (evtx, 70_000, 150)])
def test_ranges_give_what_one_reading_gives(
    make: Any, size: int, count: int, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path, kit = request.getfixturevalue("tmp_path"), request.getfixturevalue("kit")
    (tmp_path / "log").write_bytes(make(request.getfixturevalue("event_log")))
    whole, one = read(tmp_path / "log", kit.workers)
    monkeypatch.setattr(ingest_module, "RANGE", size)
    monkeypatch.setattr(ingest_module, "range_of", lambda _: size)
    monkeypatch.setattr(decode, "RANGE", size)
    parts, many = read(tmp_path / "log", kit.workers)
    assert len(whole) == count
    assert parts == whole
    assert many == one


def test_one_event_log_keeps_more_than_one_worker_busy(
    event_log: Any, tmp_path: Path, tables: EventTables, kit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log").write_bytes(evtx(event_log))
    monkeypatch.setattr(tasks, "LEAST_RANGE", 1 << 16)
    asked: list[int] = []
    read_range = decode.read_range
    monkeypatch.setattr(decode, "read_range", lambda task, files: asked.append(task.start) or read_range(task, files))
    found = ingest([str(tmp_path / "log")], tables, kit.workers)
    assert len(asked) > 1
    assert found.sources[0].rows == 150
    assert not found.problems


@pytest.mark.parametrize("size", [0, 1, tasks.LEAST_RANGE, 10 * tasks.LEAST_RANGE + 1, 100 * tasks.RANGE])
def test_a_range_is_a_share_of_its_source_within_bounds(size: int) -> None:
    step = tasks.range_of(size)
    assert tasks.LEAST_RANGE <= step <= tasks.RANGE
    assert size <= step * max(tasks.SHARES, -(-size // tasks.RANGE))


def test_a_log_with_too_many_headers_is_read_in_one_piece(
    tmp_path: Path, tables: EventTables, kit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log").write_bytes(zeek(None))
    monkeypatch.setattr(decode, "RANGE", 100)
    monkeypatch.setattr(ingest_module, "RANGE", 100)
    monkeypatch.setattr(decode, "MARKS", 3)
    found = ingest([str(tmp_path)], tables, kit.workers)
    assert found.sources[0].rows == 40
