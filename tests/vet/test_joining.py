"""Files that cross cabinets are read where a release holds the set; whatever does not fit is said of the file."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest
from vet_kit import judged, vetted, written

from unrig.drill.build.cab import CabFile, CabFolder, packed_blocks
from unrig.drill.build.cab_set import CabSetSpec, build_cab_set
from unrig.drill.build.pe_spec import PeSpec
from unrig.drill.build.signing import SigningSpec, signed_pe
from unrig.drill.build.zip import ZipEntry, build_zip
from unrig.model.levels import VerdictWord
from unrig.model.results import VetResult
from unrig.sandbox.pool import Pool
from unrig.store.fact_cache import open_cache
from unrig.vet import joining
from unrig.vet.deepen import deepen
from unrig.vet.walk import walk

INNER = build_zip((ZipEntry(name="in.txt", content=b"inner" * 9),))
LIBRARY = signed_pe(PeSpec(), SigningSpec(), 3)
FILES = (
    CabFile(name="a.txt", content=b"alpha" * 1000),
    CabFile(name="noise.bin", content=random.Random(1).randbytes(80_001)),
    CabFile(name="in.zip", content=INNER),
    CabFile(name="lib.dll", content=LIBRARY),
    CabFile(name="more.bin", content=random.Random(2).randbytes(70_001)),
)
NAMES = ("one.cab", "two.cab", "three.cab")


def made(**changes: object) -> dict[str, bytes]:
    folder = CabFolder(files=FILES)
    total = sum(len(packed) for packed, _ in packed_blocks(folder))
    spec = {"names": NAMES, "cuts": (40_000, total - 20_000), **changes}  # in noise.bin, and in more.bin
    return build_cab_set(folder, CabSetSpec(**spec))  # type: ignore[arg-type]


def release(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        written(folder / name, data)
    return folder


def paths(result: VetResult) -> dict[str, str]:
    return {artifact.path: artifact.sha256 for artifact in result.artifacts}


def hashed(name: str) -> str:
    return hashlib.sha256(next(file.content for file in FILES if file.name == name)).hexdigest()


def test_a_set_is_read_whole_and_a_second_run_opens_nothing(tmp_path: Path, cache: Path, pool: Pool) -> None:
    first = vetted(release(tmp_path / "r", made()), cache=cache, pool=pool)
    assert (first.verdict, first.problems) == (VerdictWord.CLEAN, ())
    found = paths(first)
    assert found["one.cab!/noise.bin"] == hashed("noise.bin")
    assert found["two.cab!/in.zip"] == hashed("in.zip")
    assert found["two.cab!/more.bin"] == hashed("more.bin")
    assert "two.cab!/in.zip!/in.txt" in found
    assert sum(path.endswith("noise.bin") for path in found) == 1
    again = vetted(tmp_path / "r", cache=cache, pool=pool)
    assert (again.stats.opened, paths(again), again.problems) == (0, found, ())


def test_a_set_within_an_archive_and_names_in_another_case(tmp_path: Path, cache: Path, pool: Pool) -> None:
    zipped = build_zip(tuple(ZipEntry(name=f"media/{name}", content=data) for name, data in made().items()))
    found = paths(vetted(written(tmp_path / "a.zip", zipped), cache=cache, pool=pool))
    assert found["a.zip!/media/one.cab!/noise.bin"] == hashed("noise.bin")
    renamed = dict(zip(NAMES, ("One.CAB", "TWO.cab", "three.cab"), strict=True))
    held = {renamed[name]: data for name, data in made().items()}
    found = paths(vetted(release(tmp_path / "case", held), cache=cache, pool=pool))
    assert found["One.CAB!/noise.bin"] == hashed("noise.bin")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"stated_numbers": (0, 5, 6)}, "cabinet 1 of set 7 in two.cab, as its header says: cabinet 5 of set 7"),
        ({"stated_next": ("one.cab", "three.cab", "")}, "in one.cab, as its header says: cabinet 0 of set 7"),
        ({"stated_next": ("two.cab", "one.cab", "two.cab")}, "in one.cab, as its header says: cabinet 0 of set 7"),
        ({"stated_next": ("nowhere.cab", "three.cab", "")}, "goes on in cabinet nowhere.cab"),
        ({"stated_next": ("../two.cab", "three.cab", "")}, "goes on in cabinet ../two.cab"),
    ],
    ids=["numbers", "itself", "a circle", "nowhere", "another folder"],
)
def test_sets_that_lie(tmp_path: Path, cache: Path, pool: Pool, changes: dict[str, object], words: str) -> None:
    said = judged(tmp_path, made(**changes), cache, pool)
    assert any(words in line for lines in said.values() for line in lines)
    assert any("begins in cabinet" in line for line in said["three.cab"]) or any(
        "goes on in" in line for line in said["one.cab"]
    ), "what is not read is said"


def test_a_missing_cabinet_costs_what_crosses_into_it(tmp_path: Path, cache: Path, pool: Pool) -> None:
    for number, gone in enumerate(NAMES):
        files = {name: data for name, data in made().items() if name != gone}
        result = vetted(release(tmp_path / str(number), files), cache=cache, pool=pool)
        assert result.verdict is VerdictWord.INCOMPLETE
        assert "one.cab!/a.txt" in paths(result) or gone == "one.cab"
        assert all(problem.action.startswith("vet the folder that holds all") for problem in result.problems)
        again = vetted(tmp_path / str(number), cache=cache, pool=pool)
        assert again.problems == result.problems


def test_two_that_go_on_in_the_same_one(tmp_path: Path, cache: Path, pool: Pool) -> None:
    said = judged(tmp_path, {**made(), "also-one.cab": made()["one.cab"]}, cache, pool)
    assert any("already goes on in" in line for line in said["one.cab"])


def test_a_set_of_very_many(tmp_path: Path, cache: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "MOST_CABINETS", 2)
    said = judged(tmp_path, made(), cache, pool)
    assert any("2 cabinets of one set" in line for line in said["one.cab"])


def test_what_crosses_is_read_again_to_compare(tmp_path: Path, pool: Pool) -> None:
    folder = CabFolder(files=(CabFile(name="noise", content=random.Random(3).randbytes(40_000)), FILES[3]))
    total = sum(len(packed) for packed, _ in packed_blocks(folder))
    spec = CabSetSpec(names=("one.cab", "two.cab"), cuts=(total - 1_000,))
    made_of = release(tmp_path / "r", build_cab_set(folder, spec))
    with open_cache(tmp_path / "cache") as cache:
        walked = walk(made_of, cache=cache, pool=pool)
        [leaf] = [leaf for leaf in walked.leaves if leaf.path.endswith("lib.dll")]
        assert leaf.joined == ("one.cab", "two.cab")
        told = deepen(made_of, walked, [leaf.path], cache=cache, pool=pool)
    assert (list(told.facts), told.problems) == ([leaf.sha256], ())
