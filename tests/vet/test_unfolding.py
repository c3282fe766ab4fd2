"""Members that are packed together are unpacked once and then read side by side."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from unrig.drill.build.cab import CabFile, CabFolder, CabMethod, build_cab
from unrig.drill.build.zip import ZipEntry, build_zip
from unrig.formats import cab_content
from unrig.model.problem import ProblemKind
from unrig.sandbox.pool import Pool
from unrig.store.fact_cache import open_cache
from unrig.unpack import cab
from unrig.vet import reading, unfolding
from unrig.vet.leaves import Walked
from unrig.vet.reading import Header, Plain, UnfoldRequest, survey
from unrig.vet.walk import walk

INNER = build_zip((ZipEntry(name="in.txt", content=b"inner"),))
FILES = tuple(CabFile(name=f"f{n:02}", content=bytes([n]) * 9_000) for n in range(30))


@pytest.fixture(autouse=True)
def _fresh_worker() -> Iterator[None]:
    yield
    reading._LISTED.clear()


def header(index: int, size: int, part: int = 0, start: int = 0) -> Header:
    return Header(path=f"m{index}", size=size, index=index, offset=0, kind="file", part=part, start=start)


def test_a_folder_is_unpacked_once_however_many_files_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []

    def counted(*given: object) -> object:
        begun.append(given)
        return cab_content.pieces(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(cab, "pieces", counted)
    monkeypatch.setattr(cab, "KEPT", 0)
    (tmp_path / "a.cab").write_bytes(build_cab((CabFolder(files=FILES),)))
    with (tmp_path / "a.cab").open("rb") as packed, (tmp_path / "plain").open("w+b") as scratch:
        headers = survey(reading.SurveyRequest(format="cab"), (packed.fileno(),)).headers
        request = UnfoldRequest(format="cab", members=tuple((one.index, one.size) for one in headers))
        told = reading.unfold(request, (packed.fileno(), scratch.fileno()))
        scratch.seek(0)
        plain = scratch.read()
    assert len(begun) == 1
    assert [plain[one.offset : one.offset + one.size] for one in told] == [file.content for file in FILES]


def test_a_member_over_its_bound_costs_itself(tmp_path: Path) -> None:
    (tmp_path / "a.cab").write_bytes(build_cab((CabFolder(files=FILES[:3]),)))
    with (tmp_path / "a.cab").open("rb") as packed, (tmp_path / "plain").open("w+b") as scratch:
        request = UnfoldRequest(format="cab", members=((0, 9_000), (1, 100), (2, 9_000)))
        told = reading.unfold(request, (packed.fileno(), scratch.fileno()))
        assert os.fstat(scratch.fileno()).st_size == 18_000
    assert [one.failed for one in told] == [False, True, False]
    assert told[1].problems[0].kind is ProblemKind.LIMIT
    assert told[2].offset == 9_000


def test_whole_parts_go_together_in_the_order_they_are_packed_in() -> None:
    half = unfolding.GROUP // 2
    headers = [header(0, half, 1), header(1, half, 0, half), header(2, half, 0, 0), header(3, half, 2)]
    groups = [[one.index for one in group] for group in unfolding._groups(headers)]
    assert groups == [[2, 1], [0, 3]]


@pytest.mark.parametrize(
    "plain",
    [
        None,
        Plain(index=0, offset=-1, size=5),
        Plain(index=0, offset=0, size=6),
        Plain(index=0, offset=0, size=-1),
        Plain(index=0, offset=0, size=0, failed=True),
    ],
)
def test_a_worker_that_lies_about_a_place_costs_the_member(plain: Plain | None) -> None:
    told = unfolding._unfolded(header(0, 5), plain, 9, 5)
    assert told.at is None
    assert told.problems[0].kind is ProblemKind.WORKER_DIED


def test_no_room_for_a_scratch_file_is_a_problem_of_each_member(monkeypatch: pytest.MonkeyPatch, pool: Pool) -> None:
    def full(*_given: object, **_more: object) -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(unfolding.tempfile, "TemporaryFile", full)
    with contextlib.ExitStack() as stack:
        told = list(unfolding.unfolded(pool, "cab", 0, [header(0, 1), header(1, 1)], most={0: 1, 1: 1}, stack=stack))
    assert [one.problems[0].where for one in told] == ["m0", "m1"]


def read(path: Path, cache: Path, pool: Pool) -> Walked:
    with open_cache(cache) as opened:
        return walk(path, cache=opened, pool=pool)


@pytest.mark.parametrize("method", [CabMethod.STORED, CabMethod.MSZIP, CabMethod.LZX])
def test_a_container_in_a_solid_folder_is_opened_cold_and_warm(method: CabMethod, tmp_path: Path, pool: Pool) -> None:
    files = (*FILES[:5], CabFile(name="b.zip", content=INNER), CabFile(name="empty"))
    (tmp_path / "a.cab").write_bytes(build_cab((CabFolder(files=files, method=method),)))
    cold = read(tmp_path / "a.cab", tmp_path / "cache", pool)
    assert "a.cab!/b.zip!/in.txt" in {leaf.path for leaf in cold.leaves}
    assert {leaf.path: leaf.size for leaf in cold.leaves}["a.cab!/empty"] == 0
    assert (cold.problems, len(cold.leaves), cold.opened) == ((), 9, 9)
    warm = read(tmp_path / "a.cab", tmp_path / "cache", pool)
    assert ([leaf.sha256 for leaf in warm.leaves], warm.opened) == ([leaf.sha256 for leaf in cold.leaves], 0)
