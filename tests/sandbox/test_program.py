"""The second profile: one pinned program over a descriptor, and nothing else."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from seven_zip_kit import needs_program, pack

from unrig.sandbox import pinned, program, program_child, program_selftest
from unrig.sandbox.call import Limits
from unrig.sandbox.layers import Layer, Layers, Missing
from unrig.sandbox.pinned import Absent
from unrig.sandbox.selftest import WALLS, Escape, SelfTest

pytestmark = needs_program
CONTENT = {"a.txt": b"inert " * 5_000, "sub/b.bin": bytes(range(256)) * 40}


@pytest.fixture(scope="module")
def tried() -> SelfTest:
    return program_selftest.program_selftest()


@pytest.mark.parametrize("escape", Escape)
def test_each_escape_is_refused_or_the_missing_layers_are_named(tried: SelfTest, escape: Escape) -> None:
    (outcome,) = (outcome for outcome in tried.outcomes if outcome.escape is escape)
    missing = {entry.layer for entry in tried.layers.missing}
    assert outcome.refused or set(WALLS[escape]) <= missing, outcome


def test_what_must_hold_holds(tried: SelfTest) -> None:
    assert {Layer.LANDLOCK_FILES, Layer.SECCOMP, Layer.MEMORY} <= set(tried.layers.in_force)
    assert Layer.NOT_DUMPABLE not in tried.layers.in_force  # executing undoes it


def run(archive: Path, *arguments: str, limits: Limits | None = None) -> tuple[program.Ran, bytes]:
    with archive.open("rb") as packed, tempfile.TemporaryFile() as output:
        ran = program.run((*arguments, "--", "{archive}"), packed.fileno(), output.fileno(), limits or Limits())
        output.seek(0)
        return ran, output.read()


def test_all_content_comes_through_standard_output(tmp_path: Path) -> None:
    ran, out = run(pack(tmp_path, "t.7z", CONTENT), "x", "-so", "-mmt=1", "-bd")
    assert (ran.code, out) == (0, CONTENT["a.txt"] + CONTENT["sub/b.bin"])


@pytest.mark.parametrize("number", [31, 40, 41, 200])
def test_the_archive_may_have_any_number(number: int, tmp_path: Path) -> None:
    """A process with many files open hands over numbers that the child would have used itself."""
    archive = pack(tmp_path, "t.7z", CONTENT)
    before = os.dup(number) if Path(f"/proc/self/fd/{number}").exists() else -1
    with archive.open("rb") as packed, tempfile.TemporaryFile() as output:
        os.dup2(packed.fileno(), number)
        try:
            ran = program.run(("x", "-so", "--", "{archive}"), number, output.fileno(), Limits())
        finally:
            os.dup2(before, number) if before >= 0 else os.close(number)
            if before >= 0:
                os.close(before)
        output.seek(0)
        assert (ran.code, output.read()) == (0, CONTENT["a.txt"] + CONTENT["sub/b.bin"])


def test_an_archive_that_only_its_owner_may_read_is_read(tmp_path: Path) -> None:
    archive = pack(tmp_path, "t.7z", CONTENT)
    archive.chmod(0o600)
    assert run(archive, "x", "-so", "-mmt=1")[0].code == 0


def test_the_output_is_bounded_by_the_kernel(tmp_path: Path) -> None:
    archive = pack(tmp_path, "bomb.7z", {"zeros": bytes(8 << 20)})
    assert archive.stat().st_size < 10_000
    ran, out = run(archive, "x", "-so", "-mmt=1", limits=Limits(file_bytes=1 << 20))
    assert ran.code != 0
    assert len(out) <= 1 << 20


def test_it_can_write_nowhere_else(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir(mode=0o777)
    ran, _ = run(pack(tmp_path, "t.7z", CONTENT), "x", f"-o{target}", "-mmt=1")
    assert ran.code != 0
    assert list(target.iterdir()) == []


def test_another_binary_under_the_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "7zz"
    other.write_bytes(b"#!/bin/sh\n")
    monkeypatch.setattr(pinned, "NAMES", (str(other),))
    with pytest.raises(Absent, match="not the one that was pinned"):
        pinned.open_pinned()


@pytest.mark.parametrize(
    ("name", "words"), [("no-such-distribution", "is not installed"), ("pytest", "no binary is pinned")]
)
def test_what_is_missing_is_named(name: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinned, "DISTRIBUTION", name)
    with pytest.raises(Absent, match=words) as absent:
        pinned.open_pinned()
    assert absent.value.remedy.startswith("python -m pip install")


def test_without_the_walls_nothing_is_executed(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Layers(missing=(Missing(layer=Layer.SECCOMP, reason="none here"),))
    monkeypatch.setattr(program_child, "_seal", lambda _order, _binary: gone)
    monkeypatch.setattr(program_child, "_tell", lambda _order, _status: None)
    monkeypatch.setattr(os, "execve", lambda *_given: pytest.fail("executed"))
    order = program_child.Order(binary=0, archive=0, status=0, arguments=(), limits=Limits(), parent=1)
    import msgspec

    assert program_child.main([msgspec.json.encode(order).decode()]) == program_child.NOT_SEALED
