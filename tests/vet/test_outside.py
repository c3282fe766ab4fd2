"""What only 7-Zip opens is looked into: content, lies, bombs, a machine without it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from seven_zip_kit import needs_program, pack

from unrig.drill.build.zip import ZipEntry, build_zip
from unrig.model.problem import ProblemKind
from unrig.sandbox import pinned, program
from unrig.sandbox.pool import Pool
from unrig.store.fact_cache import open_cache
from unrig.vet import outside
from unrig.vet.leaves import Walked
from unrig.vet.walk import walk

INNER = build_zip((ZipEntry(name="in.txt", content=b"inner"),))
FILES = {"a.txt": b"inert " * 900, "sub/b.zip": INNER, "empty": b"", "sub/a.txt": b"another"}


def read(path: Path, cache: Path, pool: Pool) -> Walked:
    with open_cache(cache) as opened:
        return walk(path, cache=opened, pool=pool)


def sizes(walked: Walked) -> dict[str, int]:
    return {leaf.path: leaf.size for leaf in walked.leaves}


@needs_program
@pytest.mark.parametrize(("name", "options"), [("t.7z", ()), ("plain.7z", ("-ms=off",)), ("t.wim", ())])
def test_an_archive_is_opened_cold_and_warm(
    name: str, options: tuple[str, ...], tmp_path: Path, cache: Path, pool: Pool
) -> None:
    archive = pack(tmp_path, name, FILES, *options)
    cold = read(archive, cache, pool)
    assert cold.problems == ()
    assert {path: len(data) for path, data in FILES.items()} == {
        path.removeprefix(f"{name}!/"): size for path, size in sizes(cold).items() if path.count("!/") == 1
    }
    assert f"{name}!/sub/b.zip!/in.txt" in sizes(cold)
    warm = read(archive, cache, pool)
    assert (sizes(warm), warm.opened) == (sizes(cold), 0)


@needs_program
def test_a_damaged_archive_is_a_problem_and_the_rest_is_read(tmp_path: Path, cache: Path, pool: Pool) -> None:
    archive = pack(tmp_path, "t.7z", {"a": os.urandom(5_000), "b": os.urandom(5_000)}, "-mx0", "-ms=off")
    data = bytearray(archive.read_bytes())
    data[40] ^= 0xFF
    archive.write_bytes(bytes(data))
    walked = read(archive, cache, pool)
    assert "t.7z!/b" in sizes(walked)
    assert {problem.kind for problem in walked.problems} == {ProblemKind.DAMAGED}


@needs_program
def test_an_encrypted_member_is_said(tmp_path: Path, cache: Path, pool: Pool) -> None:
    archive = pack(tmp_path, "t.7z", {"a": b"secret" * 50}, "-pdrill")
    walked = read(archive, cache, pool)
    assert [problem.kind for problem in walked.problems] == [ProblemKind.UNSUPPORTED]
    assert walked.unopened


@needs_program
def test_a_bomb_ends_at_the_budget(tmp_path: Path, cache: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = pack(tmp_path, "bomb.7z", {"zeros": bytes(6 << 20), "more": bytes(6 << 20)})
    real = outside.unfolded

    def with_little(*given: object, **more: object) -> object:
        return real(*given, **{**more, "left": 1 << 20})  # type: ignore[arg-type]

    monkeypatch.setattr("unrig.vet.containers.outside.unfolded", with_little)
    walked = read(archive, cache, pool)
    assert list(sizes(walked)) == ["bomb.7z"]
    assert {problem.kind for problem in walked.problems} <= {ProblemKind.LIMIT, ProblemKind.DAMAGED}
    assert len(walked.problems) == 2


@needs_program
def test_a_stream_of_another_length_than_listed_is_fetched_one_by_one(
    tmp_path: Path, cache: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = pack(tmp_path, "t.7z", FILES)
    real, calls = program.run, []

    def short(arguments: tuple[str, ...], *given: object, **more: object) -> object:
        calls.append(arguments)
        if arguments[0] == "x" and arguments[-1] == "{archive}":
            return program.Ran(code=0, complaint="", layers=program.Layers())
        return real(arguments, *given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(outside.program, "run", short)
    walked = read(archive, cache, pool)
    assert walked.problems == ()
    assert sizes(walked)["t.7z!/a.txt"] == len(FILES["a.txt"])
    assert sum(call[0] == "x" for call in calls) == 1 + len(FILES)


def test_without_the_program_it_is_said_how_to_get_it(
    tmp_path: Path, cache: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pinned, "DISTRIBUTION", "no-such-distribution")
    (tmp_path / "t.rar").write_bytes(b"Rar!\x1a\x07\x01\x00" + bytes(200))
    walked = read(tmp_path / "t.rar", cache, pool)
    [problem] = walked.problems
    assert problem.kind is ProblemKind.UNSUPPORTED
    assert problem.action.startswith("python -m pip install")
    assert walked.unopened


@needs_program
@pytest.mark.skipif(not shutil.which("makensis"), reason="makensis is not installed: make optional")
@pytest.mark.parametrize("packer", ["zlib", "/SOLID lzma"])
def test_an_nsis_installer_is_opened(packer: str, tmp_path: Path, cache: Path, pool: Pool) -> None:
    (tmp_path / "a.bin").write_bytes(os.urandom(9_000))
    (tmp_path / "t.nsi").write_text(
        f'SetCompressor {packer}\nName "Drill"\nOutFile "setup.exe"\nSection\nSetOutPath $TEMP\nFile a.bin\nSectionEnd\n'
    )
    subprocess.run(["makensis", "-V1", "t.nsi"], cwd=tmp_path, check=True, capture_output=True)
    walked = read(tmp_path / "setup.exe", cache, pool)
    assert walked.problems == ()
    assert [size for path, size in sizes(walked).items() if path.endswith("/a.bin")] == [9_000]
