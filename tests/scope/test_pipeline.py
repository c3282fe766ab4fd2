from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from unrig.model.exposure import Affected, UnderInvestigation
from unrig.model.identity import Identity
from unrig.model.results import ScopeResult
from unrig.sandbox.pool import Pool
from unrig.scope.pipeline import PRELOAD


@pytest.fixture
def inventory(tmp_path: Path, made: ModuleType) -> Any:
    path = tmp_path / "inventory.csv"
    rows = [f"pc{i},SoftPhone Desktop App,18.12.416,Windows 11,C{i % 2},AT,{made.RIGGED}" for i in range(5)]
    rows += [f"pc{i},SoftPhone Desktop App,18.11.1213,Windows 11,C{i % 2},AT," for i in range(5, 8)]
    rows += [f"pc{i},Editor,1,Windows 11,C{i % 2},AT,{made.sha('e')}" for i in range(12)]
    rows += ["broken,row"]
    path.write_text("Host;".replace(";", ",") + "Product,Version,OS,Customer,Country,SHA256\n" + "\n".join(rows))
    return path


@pytest.fixture
def sbom(tmp_path: Path, made: ModuleType) -> Any:
    path = tmp_path / "app.cdx.json"
    component = {"name": "codec", "hashes": [{"alg": "SHA-256", "content": made.RIGGED}]}
    bom = {"bomFormat": "CycloneDX", "specVersion": "1.4", "metadata": {"component": {"name": "App"}}}
    path.write_text(json.dumps({**bom, "components": [component]}))
    return path


def test_the_whole_answer(made: ModuleType, workers: Any, inventory: Path, sbom: Path) -> None:
    result = made.run(workers, (inventory,), (sbom,))
    affected, open_question = result.exposures
    assert isinstance(affected, Affected)
    assert isinstance(open_question, UnderInvestigation)
    assert (affected.devices, open_question.devices, affected.denominator) == (5, 3, 12)
    assert "no repaired build" in affected.action
    assert [one.product for one in result.embedded] == ["App"]
    assert [(one.reason, one.devices) for one in result.unknown] == [
        ("inventory.csv: rows that could not be read", 1),
        ("no row speaks of the product", 4),
    ]
    assert not result.complete
    (problem,) = result.problems
    assert "line 22: 2 cells where the header has 7" in problem.observed
    assert [(source.path, source.kind, source.rows, source.rejected) for source in result.sources] == [
        ("app.cdx.json", "cyclonedx", 1, 0),
        ("inventory.csv", "csv", 20, 1),
    ]
    assert result.because[0] == "12 distinct devices: 5 affected, 3 under investigation, 4 without it"
    assert msgspec.json.decode(msgspec.json.encode(result), type=ScopeResult) == result


def test_the_benign_twin_is_complete_and_empty(made: ModuleType, workers: Any, tmp_path: Path) -> None:
    path = tmp_path / "clean.csv"
    path.write_text(f"device,product,sha256\npc1,SoftPhone Desktop App,{made.GOOD}\npc2,Editor,\n")
    result = made.run(workers, (path,), good=(Identity(sha256=made.GOOD),))
    assert result.complete
    assert result.problems == ()
    assert [type(one).__name__ for one in result.exposures] == ["NotAffected"]


def test_the_fixed_build_is_named_in_the_action(made: ModuleType, workers: Any, inventory: Path) -> None:
    result = made.run(workers, (inventory,), fixed=(Identity(sha256=made.FIXED, version="18.12.425"),))
    assert made.FIXED in result.exposures[0].action
    assert "18.12.425" in result.exposures[0].action


def test_a_bad_file_stops_no_other(made: ModuleType, workers: Any, inventory: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "sheet.xlsx").write_bytes(b"PK")
    (tmp_path / "bad.json").write_bytes(b"{")
    (tmp_path / "bom.xml").write_bytes(b"<?xml version='1.0'?><bom/>")
    result = made.run(
        workers,
        tuple(tmp_path / name for name in ("absent.csv", "empty.csv", "sheet.xlsx", "inventory.csv")),
        tuple(tmp_path / name for name in ("bad.json", "bom.xml")),
    )
    assert result.exposures[0].devices == 5
    assert [problem.where.split(":")[0] for problem in result.problems] == [
        "absent.csv",
        "bad.json",
        "bom.xml",
        "empty.csv",
        "inventory.csv",
        "sheet.xlsx",
    ]
    assert not result.complete
    assert all(problem.effect or problem.kind == "format" for problem in result.problems)


def test_unused_columns_are_told_and_make_nothing_incomplete(made: ModuleType, workers: Any, tmp_path: Path) -> None:
    path = tmp_path / "i.csv"
    path.write_text("device,product,colour\nd,p,blue\n")
    result = made.run(workers, (path,))
    assert result.complete
    assert "i.csv: columns without use: colour" in result.because


def test_the_same_inputs_give_the_same_bytes_in_any_order(
    made: ModuleType, workers: Any, inventory: Path, sbom: Path, tmp_path: Path
) -> None:
    other = tmp_path / "second.csv"
    other.write_text(f"device,product,sha256,customer\npc1,x,{made.RIGGED},C1\nnew,x,{made.RIGGED},C9\n")
    first = made.run(workers, (inventory, other), (sbom,))
    second = made.run(workers, (other, inventory), (sbom,))
    assert msgspec.json.encode(first.exposures) == msgspec.json.encode(second.exposures)
    assert first.sources == second.sources
    assert first.exposures[0].devices == 6


def test_many_files_are_read_a_few_at_a_time_and_each_device_counts_once(
    made: ModuleType, workers: Any, tmp_path: Path
) -> None:
    paths = []
    for number in range(20):
        path = tmp_path / f"part{number:02}.csv"
        path.write_text(f"device,product,sha256\nshared,p,{made.RIGGED}\nd{number},p,{made.RIGGED}\n")
        paths.append(path)
    result = made.run(workers, tuple(paths))
    assert result.exposures[0].devices == 21
    assert len(workers.calls) == 20


def test_no_inventory_is_an_answer_too(made: ModuleType, workers: Any) -> None:
    result = made.run(workers)
    assert result.exposures == ()
    assert result.because == ("0 distinct devices: no row of the product, 0 without it",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "latin-1"])
def test_sealed_workers_give_the_same_answer(
    made: ModuleType, workers: Any, inventory: Path, sbom: Path, encoding: Any
) -> None:
    inventory.write_bytes(inventory.read_text().replace("pc1,", "pcä,").encode(encoding))
    with Pool(preload=PRELOAD, jobs=1) as pool:
        sealed = made.run(pool, (inventory,), (sbom,))
    assert sealed == made.run(workers, (inventory,), (sbom,))
    assert sealed.exposures[0].devices == 5


def test_a_lying_worker_cannot_keep_the_parent_reading(made: ModuleType, inventory: Path) -> None:
    class StandingStill:
        def __init__(self, workers: Any) -> None:
            self.inner, self.rounds = workers, 0

        def map(self, call: Any, items: Any, batch: int = 16) -> Any:
            self.rounds += 1
            assert self.rounds < 5
            for index, chunk in self.inner.map(call, items, batch):
                yield index, msgspec.structs.replace(chunk, resume=items[index].argument)

    made.run(StandingStill(made.InProcess()), (inventory,))
