"""What an installer holds stands at the paths it is installed to."""

from __future__ import annotations

from pathlib import Path

import pytest

from unrig.drill.build.cab import CabFile, CabFolder, CabMethod, build_cab
from unrig.drill.build.msi import CABINET, MsiFile, MsiSpec, build_msi
from unrig.drill.build.zip import ZipEntry, build_zip
from unrig.model.msi import InstalledFile, MsiFacts
from unrig.model.problem import ProblemKind
from unrig.sandbox.pool import Pool
from unrig.store.fact_cache import open_cache
from unrig.vet.installed import Targets, key_of, moved, targets
from unrig.vet.leaves import Walked
from unrig.vet.preload import PRELOAD
from unrig.vet.walk import walk

FOLDER = "ProgramFilesFolder/Drill Phone"


def installed(key: str, path: str, cabinet: str = "d.cab", *, embedded: bool = True) -> InstalledFile:
    return InstalledFile(key=key, path=path, size=1, cabinet=cabinet, embedded=embedded)


def found(files: tuple[InstalledFile, ...], *paths: str, installer: str = "s.msi") -> Targets:
    return targets({installer: MsiFacts(kind="msi", version=3, files=files)}, (installer, *paths))


def test_a_key_becomes_the_path_and_a_member_inside_moves_with_it() -> None:
    told = found((installed("k1", "P/a.zip"),), "s.msi!/d.cab", "s.msi!/d.cab!/k1", "s.msi!/d.cab!/k1!/in.exe")
    assert told.problems == ()
    assert told.renamed == {"s.msi!/d.cab!/k1": "s.msi!/P/a.zip"}
    assert moved("s.msi!/d.cab!/k1!/in.exe", told.renamed) == "s.msi!/P/a.zip!/in.exe"
    assert moved("s.msi!/d.cab!/k10", told.renamed) == "s.msi!/d.cab!/k10"
    assert key_of("s.msi!/d.cab!/k1", told.renamed) == "k1"
    assert key_of("s.msi!/d.cab", told.renamed) == ""


def test_two_files_for_one_place_are_told_apart_by_their_keys() -> None:
    files = (installed("k1", "P/a.dll"), installed("k2", "P/a.dll"), installed("k3", "Q/a.dll"))
    told = found(files, "s.msi!/d.cab", *(f"s.msi!/d.cab!/k{n}" for n in (1, 2, 3)))
    assert sorted(told.renamed.values()) == ["s.msi!/P/a.dll", "s.msi!/P/a.dll%#k2", "s.msi!/Q/a.dll"]


def test_a_file_never_takes_the_path_of_another_stream() -> None:
    told = found((installed("k1", "Icon.x"),), "s.msi!/Icon.x", "s.msi!/d.cab", "s.msi!/d.cab!/k1")
    assert told.renamed == {"s.msi!/d.cab!/k1": "s.msi!/Icon.x%#k1"}


def test_a_member_that_no_table_names_keeps_its_place() -> None:
    told = found((installed("k1", "P/a"),), "s.msi!/d.cab", "s.msi!/d.cab!/k1", "s.msi!/d.cab!/stray")
    assert set(told.renamed) == {"s.msi!/d.cab!/k1"}


@pytest.mark.parametrize("name", ["d.cab", "D.CAB"])
def test_an_external_cabinet_stands_beside_the_installer(name: str) -> None:
    files = (installed("k1", "P/a", embedded=False),)
    told = found(files, f"x/{name}", f"x/{name}!/k1", installer="x/s.msi")
    assert (told.renamed, told.problems) == ({f"x/{name}!/k1": "x/s.msi!/P/a"}, ())


def test_a_cabinet_in_another_folder_is_not_beside_it() -> None:
    told = found((installed("k1", "P/a", embedded=False),), "x/y/d.cab", "x/y/d.cab!/k1", installer="x/s.msi")
    assert told.renamed == {}
    [problem] = told.problems
    assert (problem.kind, problem.where) == (ProblemKind.ACCESS, "x/s.msi")
    assert "cabinet d.cab, beside" in problem.expected


def test_loose_files_are_looked_for_beside_it() -> None:
    files = (installed("k1", "P/app.exe", "", embedded=False),)
    assert found(files, "x/Program/APP.EXE", installer="x/s.msi").problems == ()
    [problem] = found(files, installer="x/s.msi").problems
    assert "uncompressed" in problem.expected


def read(path: Path, tmp_path: Path) -> Walked:
    with Pool(PRELOAD, jobs=1) as pool, open_cache(tmp_path / "cache") as cache:
        return walk(path, cache=cache, pool=pool)


def test_a_real_walk_names_files_as_installed(tmp_path: Path) -> None:
    inner = build_zip((ZipEntry(name=b"in.txt", content=b"inner"),))
    files = (
        MsiFile(path="app/a.exe", content=b"one"),
        MsiFile(path="lib/a.exe", content=b"two"),
        MsiFile(path="lib/b.zip", content=inner),
    )
    msi = tmp_path / "t.msi"
    msi.write_bytes(build_msi(MsiSpec(method=CabMethod.MSZIP, files=files)))
    walked = read(msi, tmp_path)
    leaves = {leaf.path: leaf for leaf in walked.leaves}
    one, two = (leaves[f"t.msi!/{FOLDER}/{name}/a.exe"] for name in ("app", "lib"))
    assert one.sha256 != two.sha256
    assert (two.stored_as, two.container) == ("F0001", f"t.msi!/{CABINET}")
    assert leaves[f"t.msi!/{FOLDER}/lib/b.zip!/in.txt"].container == f"t.msi!/{FOLDER}/lib/b.zip"
    assert (walked.problems, walked.unopened) == ((), ())


def test_a_problem_inside_names_the_installed_path(tmp_path: Path) -> None:
    broken = bytearray(build_zip((ZipEntry(name=b"in.txt", content=b"inner"),)))
    broken[broken.index(b"in.txt") + 8] ^= 0x7F
    msi = tmp_path / "t.msi"
    msi.write_bytes(build_msi(MsiSpec(files=(MsiFile(path="b.zip", content=bytes(broken)),))))
    [problem] = read(msi, tmp_path).problems
    assert problem.where.startswith(f"t.msi!/{FOLDER}/b.zip!/in.txt")


def test_a_folder_with_installer_and_cabinet(tmp_path: Path) -> None:
    folder = tmp_path / "release"
    folder.mkdir()
    data = build_msi(MsiSpec(files=(MsiFile(path="a.exe", content=b"one"),)))
    at = data.index(b"#Data1.cab")
    (folder / "t.msi").write_bytes(data[:at] + b"XData1.cab" + data[at + 10 :])
    (folder / "XData1.cab").write_bytes(build_cab((CabFolder(files=(CabFile(name="F0000", content=b"one"),)),)))
    walked = read(folder, tmp_path)
    assert f"t.msi!/{FOLDER}/a.exe" in {leaf.path for leaf in walked.leaves}
    assert walked.problems == ()


def test_a_file_that_crosses_counts_as_one_of_any_cabinet_of_its_installer() -> None:
    files = (installed("k1", "P/a.bin", "2.cab"), installed("k2", "P/b.bin", "1.cab"))
    paths = ("s.msi", "s.msi!/1.cab", "s.msi!/2.cab", "s.msi!/1.cab!/k1", "s.msi!/1.cab!/k2")
    facts = {"s.msi": MsiFacts(kind="msi", version=3, files=files)}
    assert set(targets(facts, paths).renamed) == {"s.msi!/1.cab!/k2"}
    told = targets(facts, paths, frozenset({"s.msi!/1.cab!/k1"}))
    assert told.renamed == {"s.msi!/1.cab!/k1": "s.msi!/P/a.bin", "s.msi!/1.cab!/k2": "s.msi!/P/b.bin"}
