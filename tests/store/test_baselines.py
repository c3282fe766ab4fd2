"""The baseline store: found by name or hash, and no change lost where two make one at once."""

from __future__ import annotations

import datetime as dt
import threading
import time
from pathlib import Path

import pytest

from unrig.model.artifact import Release, Trust
from unrig.model.errors import UsageError
from unrig.store import baselines

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def release(number: int) -> Release:
    return Release(
        name=f"app{number}", version="1", path=f"app{number}.zip", sha256=f"{number:064x}", size=1, format="zip"
    )


def add(folder: Path, number: int, trust: Trust = Trust.ASSUMED) -> None:
    baselines.add(folder, release(number), Path(f"/r/{number}"), now=AT, trust=trust)


def names(folder: Path) -> list[str]:
    return [one.release.name for one in baselines.load(folder).baselines]


def test_nothing_is_lost_where_many_add_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = baselines.load

    def slow(folder: Path) -> baselines.BaselineStore:
        found = load(folder)
        time.sleep(0.01)  # long enough for another to read the same
        return found

    monkeypatch.setattr(baselines, "load", slow)
    threads = [threading.Thread(target=add, args=(tmp_path, number)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(names(tmp_path)) == [f"app{number}" for number in range(8)]


def test_the_same_bytes_are_one_entry_whose_trust_is_renewed(tmp_path: Path) -> None:
    add(tmp_path, 1)
    add(tmp_path, 1, Trust.REBUILT)
    (only,) = baselines.load(tmp_path).baselines
    assert only.release.trust is Trust.REBUILT


@pytest.mark.parametrize("name", ["app1", "app1@1", f"{1:064x}"])
def test_one_is_found_by_name_version_or_hash(tmp_path: Path, name: str) -> None:
    add(tmp_path, 1)
    add(tmp_path, 2)
    assert baselines.find(tmp_path, name).release.name == "app1"
    baselines.revoke(tmp_path, name, "it was rigged")
    assert baselines.find(tmp_path, name).revoked == "it was rigged"
    baselines.remove(tmp_path, name)
    assert names(tmp_path) == ["app2"]


@pytest.mark.parametrize("name", ["nobody", "0000000", "0" * 8])
def test_none_and_several_are_refused_with_what_is_known(tmp_path: Path, name: str) -> None:
    add(tmp_path, 1)
    add(tmp_path, 2)
    for change in (baselines.find, baselines.remove):
        with pytest.raises(UsageError, match=r"expected one baseline, found [02]\. Known: app1@1 "):
            change(tmp_path, name)
    assert len(names(tmp_path)) == 2


def test_a_store_that_is_damaged_is_said_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "baselines.json").write_text("{")
    with pytest.raises(UsageError, match="expected the baselines"):
        add(tmp_path, 1)
    assert (tmp_path / "baselines.json").read_text() == "{"
