"""How the program ends: by signal, by a closed pipe, by a defect of its own."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from cli_kit import Caller, program, release

from unrig.cli import root
from unrig.cli.exit_codes import worst
from unrig.drill.build.release import CLEAN, RIGGED


def _started(*arguments: object, **streams: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "unrig", *map(str, arguments)], **streams)  # type: ignore[call-overload, no-any-return]


def _wait_until_open(process: int, path: Path) -> None:
    """Return once the process reads the file."""
    for _ in range(3_000):
        for entry in Path(f"/proc/{process}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                if entry.readlink() == path:
                    return
        time.sleep(0.02)
    raise AssertionError("the file was never opened")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_run_with_its_code_and_leaves_nothing(tmp_path: Path, number: int, code: int) -> None:
    huge = tmp_path / "huge.bin"
    with huge.open("wb") as file:
        file.truncate(20 << 30)  # minutes of hashing
    target = tmp_path / "r.json"
    process = _started("vet", huge, "--output", target, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    _wait_until_open(process.pid, huge)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (code, b"")
    assert b"Traceback" not in err
    assert not target.exists()


def test_a_closed_pipe_is_silent(tmp_path: Path) -> None:
    folder = release(tmp_path / "rigged", RIGGED)
    for arguments in (("vet", folder, "--format", "json"), ("vet", folder), ("--help",), ("explain",)):
        reading, writing = os.pipe()
        os.close(reading)
        process = _started(*arguments, stdout=writing, stderr=subprocess.PIPE)
        os.close(writing)
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (141, b"")


def test_a_defect_is_4_with_a_report_file_and_no_traceback(tmp_path: Path) -> None:
    sabotage = tmp_path / "sitecustomize.py"
    sabotage.write_text(
        "import importlib.abc, sys\n"
        "class Break(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'unrig.vet.pipeline': raise ZeroDivisionError('a defect')\n"
        "sys.meta_path.insert(0, Break())\n"
    )
    ended = program("vet", tmp_path, PYTHONPATH=str(tmp_path), TMPDIR=str(tmp_path))
    assert (ended.code, ended.out) == (4, b"")
    assert "Traceback" not in ended.err
    assert "ZeroDivisionError: a defect" in ended.err
    report = next(tmp_path.glob("unrig-defect-*.txt"))
    assert str(report) in ended.err
    assert "Traceback" in report.read_text()
    lost = program(
        "vet", tmp_path, PYTHONPATH=str(tmp_path), TMPDIR="/nonexistent", HOME="/nonexistent", cwd=Path("/proc")
    )
    assert lost.code == 4


def test_what_the_system_refuses_is_no_defect(unrig: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "/var/secret")

    monkeypatch.setattr(root.command, "invoke", refuse)
    ended = unrig("explain")
    assert (ended.code, ended.err) == (
        2,
        "unrig: /var/secret: expected to read or write there, found: Permission denied.\n",
    )


def test_bad_usage_is_2_and_help_is_0(unrig: Caller) -> None:
    assert unrig("--help").code == 0
    assert unrig("--version").out.startswith(b"unrig, version ")
    for arguments in (
        ("unknown",),
        ("vet",),
        ("vet", "a", "b"),
        ("vet", "--fail-on", "none", "x"),
        ("hunt",),
        ("scope",),
    ):
        ended = unrig(*arguments)
        assert (ended.code, ended.out) == (2, b"")
        assert ended.err


def test_every_verb_has_help(unrig: Caller) -> None:
    for verb in root.VERBS:
        ended = unrig(verb, "--help")
        assert ended.code == 0
        assert b"Usage: unrig " + verb.encode() in ended.out


def test_help_imports_nothing_beyond_click() -> None:
    code = (
        "import sys; sys.argv = ['unrig', '--help']\n"
        "from unrig.cli import root\n"
        "root._exit_code()\n"
        "heavy = {'msgspec', 'rich', 'numpy', 'duckdb', 'cryptography', 'asn1crypto', 'unrig.api'}\n"
        "sys.exit(len(heavy & set(sys.modules)))\n"
    )
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False).returncode == 0


def test_the_worst_step_in_the_contracts_order() -> None:
    assert [worst(codes) for codes in ((0, 3), (3, 1), (1, 2), (2, 4), (), (0, 0))] == [3, 1, 2, 4, 0, 0]


def test_progress_is_for_people_at_a_terminal(tmp_path: Path) -> None:
    folder = release(tmp_path / "clean", CLEAN)
    assert program("vet", folder).err == ""
    master, slave = os.openpty()
    at_once = "import sys; from unrig.report import progress; progress.PATIENCE = 0; from unrig.cli import root; "
    for flags, shows in ((["--quiet"], False), ([], True)):
        done = subprocess.run(
            [sys.executable, "-c", at_once + "sys.exit(root._exit_code())", "vet", str(folder), *flags],
            stdout=subprocess.PIPE,
            stderr=slave,
            check=False,
        )
        assert done.returncode == 0
        assert bool(select.select([master], [], [], 0)[0]) is shows
    assert b"unrig: vetting 1 of" in os.read(master, 1000)
    os.close(master)
    os.close(slave)


def test_a_name_that_a_narrow_terminal_cannot_write(tmp_path: Path) -> None:
    folder = release(tmp_path / "größe-頁", CLEAN)
    ended = program("vet", folder, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert ended.code == 0
    assert b"gr\\xf6" in ended.out
    assert isinstance(root.command, click.Group)
