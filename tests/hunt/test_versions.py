from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import unrig
from unrig.hunt import versions
from unrig.hunt.pipeline import HuntRequest, hunt
from unrig.model.lead import NetworkNameLead
from unrig.store import event_tables
from unrig.store.fact_cache import open_cache
from unrig.store.plans import Plans


def test_versions_are_stable_and_differ() -> None:
    readers, questions = versions.readers_version(), versions.questions_version()
    assert len(readers) == len(questions) == 16
    assert readers != questions


def test_a_changed_file_is_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "unit.py").write_text("1")
    monkeypatch.setattr(versions.resources, "files", lambda _package: tmp_path)
    before = versions._version(["made"])
    (tmp_path / "note.txt").write_text("no code")
    assert versions._version(["made"]) == before
    (tmp_path / "unit.py").write_text("2")
    assert versions._version(["made"]) != before


@pytest.mark.parametrize(
    ("changed", "other"),
    [
        ("hunt/values.py", True),
        ("hunt/telemetry/evtx.py", True),
        ("formats/evtx_chunk.py", True),
        ("data/events.toml", True),
        ("store/kept_tables.py", True),
        ("hunt/analytics/beacon.py", False),
        ("hunt/histogram.py", False),
        ("data/programs.toml", False),
        ("store/event_tables.py", False),
    ],
)
def test_readers_are_others_only_with_what_makes_rows(
    changed: str, other: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = tmp_path / "unrig"
    shutil.copytree(Path(unrig.__file__).parent, code, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(versions.resources, "files", lambda _package: code)
    before = versions.readers_version.__wrapped__()
    with (code / changed).open("a") as file:
        file.write("\n# changed\n")
    assert (versions.readers_version.__wrapped__() != before) is other


def test_all_that_a_worker_imports_is_of_the_readers() -> None:
    script = f"import sys, {versions._WORKER}; print(*(name for name in sys.modules if name.startswith('unrig.')))"
    loaded = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()
    packages = {"unrig.data", "unrig.formats", "unrig.model", "unrig.sandbox"}  # their __init__ says nothing
    assert set(loaded) - packages <= versions._modules(versions._WORKER, ())


def test_a_hunt_finds_the_same_with_what_was_compiled_before_and_other_leads_find_theirs(
    log: Any, tmp_path: Path, kit: Any
) -> None:
    log.start(0, "pc1", kit.phone, kit.sha("b")).query(0.1, "pc1", kit.phone, "cdn.c2.example")
    log.query(0.2, "pc2", kit.phone, "www.other.example")
    path = log.write(tmp_path / "log")
    leads = tuple(NetworkNameLead(id=name, suffix=f"{name}.example") for name in ("c2", "other"))
    with open_cache(tmp_path / "cache") as cache:
        plans = Plans(cache, versions.questions_version())
        for lead in (*leads, *leads):
            plain, planned = kit.run(path, leads=(lead,)), kit.run(path, leads=(lead,), plans=plans)
            assert [each.of for each in planned.sightings] == [lead.id]
            assert planned.sightings == plain.sightings
            assert planned.observability == plain.observability


def test_the_same_hunt_a_second_later_compiles_nothing(
    log: Any, tmp_path: Path, kit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = log.start(0, "pc1", kit.phone, kit.sha("b")).write(tmp_path / "log")
    compiled = event_tables._compiled
    asked: list[object] = []
    monkeypatch.setattr(event_tables, "_compiled", lambda expression: asked.append(1) or compiled(expression))
    with open_cache(tmp_path / "cache") as cache:
        plans = Plans(cache, versions.questions_version())
        for second in range(2):
            asked.clear()
            at = kit.start + dt.timedelta(seconds=second)
            request = HuntRequest(telemetry=(path,), generated_at=at, unrig_version="0")
            assert hunt(request, kit.workers, plans).complete is False
            assert bool(asked) is (second == 0)
