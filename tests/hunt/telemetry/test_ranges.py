"""Large logs are cut in ranges: the rows are those of one reading, whatever the range."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from unrig.hunt import decode
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
    monkeypatch.setattr(decode, "RANGE", size)
    parts, many = read(tmp_path / "log", kit.workers)
    assert len(whole) == count
    assert parts == whole
    assert many == one


def test_a_log_with_too_many_headers_is_read_in_one_piece(
    tmp_path: Path, tables: EventTables, kit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log").write_bytes(zeek(None))
    monkeypatch.setattr(decode, "RANGE", 100)
    monkeypatch.setattr(ingest_module, "RANGE", 100)
    monkeypatch.setattr(decode, "MARKS", 3)
    found = ingest([str(tmp_path)], tables, kit.workers)
    assert found.sources[0].rows == 40
