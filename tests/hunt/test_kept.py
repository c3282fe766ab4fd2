from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from unrig.hunt import kept as kept_module
from unrig.hunt.ingest import Ingested, ingest
from unrig.hunt.kept import Kept
from unrig.hunt.tasks import LOOK, READ
from unrig.hunt.versions import readers_version
from unrig.store.event_tables import event_tables


class Counting:
    """Workers that count how often a file is looked at and a range read."""

    def __init__(self, workers: Any) -> None:
        self.workers = workers
        self.asked = {LOOK.function: 0, READ.function: 0}

    def map(self, call: Any, items: Any, batch: int = 16) -> Any:
        self.asked[call.function] += len(items)
        return self.workers.map(call, items, batch)


def hunted(paths: list[str], folder: Path, kit: Any) -> tuple[Ingested, list[Any], int]:
    counting = Counting(kit.workers)
    kept = Kept(str(folder))
    with event_tables("256MB", kept=kept.folder) as tables:
        read = ingest(paths, tables, counting, kept=kept)
        rows = [
            tables.answer(tables.tables[name].order_by("source", "record")).to_pylist() for name in ("process", "dns")
        ]
    return read, rows, sum(counting.asked.values())


def test_an_unchanged_file_is_not_read_again(log: Any, tmp_path: Path, kit: Any) -> None:
    for day in range(5):
        log.start(day, "pc1", kit.phone, kit.sha("a")).query(day, "pc1", kit.phone, "a.example")
    data = log.lines() + b"{bad\n"
    (tmp_path / "one").write_bytes(data)
    (tmp_path / "two.gz").write_bytes(gzip.compress(log.lines()))
    paths = [str(tmp_path / "one"), str(tmp_path / "two.gz")]
    first, rows, asked = hunted(paths, tmp_path / "kept", kit)
    assert asked == 4
    again, same, none = hunted(paths, tmp_path / "kept", kit)
    assert none == 0
    assert (again, same) == (first, rows)
    assert len(first.problems) == 1
    assert len(rows[0]) == len(rows[1]) == 10


def test_only_what_changed_is_read_again(log: Any, tmp_path: Path, kit: Any) -> None:
    path = Path(log.start(0, "pc1", kit.phone).write(tmp_path / "one"))
    other = log.start(1, "pc1", kit.phone).write(tmp_path / "two")
    hunted([str(path), other], tmp_path / "kept", kit)
    path.write_bytes(path.read_bytes() * 2)
    read, rows, asked = hunted([str(path), other], tmp_path / "kept", kit)
    assert asked == 2
    assert (len(rows[0]), len(read.sources)) == (4, 2)


def test_a_moved_file_is_the_same_under_its_new_name(log: Any, tmp_path: Path, kit: Any) -> None:
    path = Path(log.start(0, "pc1", kit.phone).write(tmp_path / "one"))
    hunted([str(path)], tmp_path / "kept", kit)
    path.rename(tmp_path / "moved")
    read, _, asked = hunted([str(tmp_path / "moved")], tmp_path / "kept", kit)
    assert asked == 0
    assert [source.path for source in read.sources] == [str(tmp_path / "moved")]


def test_other_readers_and_damaged_tables_count_as_not_kept(
    log: Any, tmp_path: Path, kit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = log.start(0, "pc1", kit.phone).write(tmp_path / "one")
    hunted([path], tmp_path / "kept", kit)
    [table] = (tmp_path / "kept").glob("*/process.parquet")
    whole = table.read_bytes()
    for damaged in (whole[:-9], b"", whole.replace(b"phone", b"\xff\xfe\xff\xfe\xff")):
        table.write_bytes(damaged)
        _, rows, asked = hunted([path], tmp_path / "kept", kit)
        assert len(rows[0]) == 1
        assert asked == 2
    [about] = (tmp_path / "kept").glob("*/about.json")
    about.write_bytes(b'{"parts":[],"digests":{"../x":"00"}}')
    assert hunted([path], tmp_path / "kept", kit)[2] == 2
    monkeypatch.setattr(kept_module, "readers_version", lambda: "other")
    assert hunted([path], tmp_path / "kept", kit)[2] == 2
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_what_could_not_be_read_is_tried_again(tmp_path: Path, kit: Any) -> None:
    (tmp_path / "picture").write_bytes(b"\x89PNG")
    for _ in range(2):
        read, _, asked = hunted([str(tmp_path / "picture")], tmp_path / "kept", kit)
        assert (asked, len(read.problems)) == (1, 1)


def test_the_version_is_of_the_code_and_stays_the_same() -> None:
    assert readers_version() == readers_version()
    assert len(readers_version()) == 16
