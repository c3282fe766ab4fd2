"""The second reading: only of files that differ, of both sides, wherever they stand, and kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from vet_kit import request, vetted, written

from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import CodeSpec, PeSpec
from unrig.drill.build.zip import ZipEntry, build_zip
from unrig.model.change import inverse
from unrig.model.code import FunctionFacts
from unrig.model.problem import ProblemKind
from unrig.model.results import VetResult
from unrig.model.rule import ArtifactView
from unrig.sandbox.pool import Pool
from unrig.store.fact_cache import open_cache
from unrig.vet import comparing, pipeline
from unrig.vet.walk import walk

SAME = build_pe(PeSpec(code=CodeSpec(functions=30)), 1)
OLD = build_pe(PeSpec(code=CodeSpec(functions=50)), 2)
NEW = build_pe(PeSpec(code=CodeSpec(functions=50, changed=(7, 8), added=1, layout=1)), 2)


def zipped(files: dict[str, bytes]) -> bytes:
    return build_zip(tuple(ZipEntry(name=name, content=data) for name, data in files.items()))


def release(path: Path, codec: bytes, shape: str) -> Path:
    files = {"same.dll": SAME, "codec.dll": codec}
    match shape:
        case "folder":
            for name, data in files.items():
                written(path / "app" / name, data)
            return path
        case "zip":
            return written(path / "app.zip", zipped(files))
        case "nested":
            return written(path / "app.zip", zipped({"inner.zip": zipped(files)}))
        case _:
            return written(path / "codec.dll", codec)


def changes(result: VetResult) -> dict[str, str]:
    return {change.property: change.what for change in result.changes if change.family != "file"}


@pytest.mark.parametrize("shape", ["folder", "zip", "nested", "file"])
def test_functions_are_compared_wherever_the_file_stands(shape: str, tmp_path: Path, cache: Path, pool: Pool) -> None:
    old, new = release(tmp_path / "1", OLD, shape), release(tmp_path / "2", NEW, shape)
    result = vetted(new, old, cache=cache, pool=pool)
    assert changes(result)["functions.changed"] == "functions: 2 of 51 changed, 1 new"
    assert result.complete
    warm = vetted(new, old, cache=cache, pool=pool)
    assert warm.changes == result.changes
    assert warm.stats.opened == 0


def test_only_what_differs_is_read_deeply(tmp_path: Path, cache: Path, pool: Pool) -> None:
    old, new = release(tmp_path / "1", OLD, "zip"), release(tmp_path / "2", NEW, "zip")
    asked = request(new, old)
    with open_cache(cache) as opened:
        subject, baseline = (pipeline._look_at(path, asked, cache=opened, pool=pool) for path in (new, old))
        again = comparing.compare(subject, [baseline], cache=opened, pool=pool)
    deep = {view.artifact.path for view in again.subject.views if FunctionFacts in view.facts}
    assert deep == {"app.zip!/codec.dll"}


def test_the_other_way_round_is_the_inverse(tmp_path: Path, cache: Path, pool: Pool) -> None:
    old, new = release(tmp_path / "1", OLD, "folder"), release(tmp_path / "2", NEW, "folder")
    there = vetted(new, old, cache=cache, pool=pool).changes
    back = vetted(old, new, cache=cache, pool=pool).changes
    assert sorted(repr(inverse(change)) for change in there) == sorted(
        repr(inverse(inverse(change))) for change in back
    )


def test_a_file_that_is_gone_by_then_is_told(tmp_path: Path, cache: Path, pool: Pool) -> None:
    old, new = release(tmp_path / "1", OLD, "folder"), release(tmp_path / "2", NEW, "folder")
    asked = request(new, old)
    with open_cache(cache) as opened:
        subject, baseline = (pipeline._look_at(path, asked, cache=opened, pool=pool) for path in (new, old))
        (new / "app" / "codec.dll").unlink()
        found = comparing.compare(subject, [baseline], cache=opened, pool=pool)
    (problem,) = found.subject.problems
    assert (problem.kind, problem.where) == (ProblemKind.ACCESS, "app/codec.dll")
    assert found.subject.unseen != ()
    assert [view for view in found.subject.views if _deep(view)] == []


def test_a_file_that_was_swapped_by_then_is_told(tmp_path: Path, cache: Path, pool: Pool) -> None:
    old, new = release(tmp_path / "1", OLD, "folder"), release(tmp_path / "2", NEW, "folder")
    asked = request(new, old)
    with open_cache(cache) as opened:
        subject, baseline = (pipeline._look_at(path, asked, cache=opened, pool=pool) for path in (new, old))
        (new / "app" / "codec.dll").write_bytes(SAME)
        found = comparing.compare(subject, [baseline], cache=opened, pool=pool)
    assert [problem.observed for problem in found.subject.problems] == ["it changed"]


def test_without_a_baseline_nothing_is_read_twice(tmp_path: Path, cache: Path, pool: Pool) -> None:
    new = release(tmp_path / "2", NEW, "folder")
    with open_cache(cache) as opened:
        walked = walk(new, cache=opened, pool=pool)
    assert all(FunctionFacts not in leaf.values for leaf in walked.leaves)
    assert vetted(new, cache=cache, pool=pool).changes == ()


def _deep(view: ArtifactView) -> bool:
    return FunctionFacts in view.facts
