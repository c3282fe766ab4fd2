"""The command line as a script calls it: arguments in, exit code, standard output and error out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec import Struct

from unrig.cli import root
from unrig.drill.build.folder import write_folder
from unrig.drill.build.lab_authority import lab_roots
from unrig.drill.build.release import ReleaseSpec, build_release

SEED = 21


class Ended(Struct, frozen=True, kw_only=True):
    code: int
    out: bytes
    err: str


class Caller:
    """Calls the verbs in this process; `program` calls them in one of their own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[bytes]) -> None:
        self._patch = monkeypatch
        self._capture = capture

    def __call__(self, *arguments: object) -> Ended:
        self._patch.setattr(sys, "argv", ["unrig", *map(str, arguments)])
        self._capture.readouterr()
        code = root._exit_code()
        sys.stdout.flush()
        said = self._capture.readouterr()
        return Ended(code=code, out=said.out, err=said.err.decode())


def program(*arguments: object, stdin: bytes = b"", cwd: Path | None = None, **environment: str) -> Ended:
    done = subprocess.run(
        [sys.executable, "-m", "unrig", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        check=False,
        cwd=cwd,
        env={**os.environ, **environment},
        timeout=120,
    )
    return Ended(code=done.returncode, out=done.stdout, err=done.stderr.decode())


def release(path: Path, spec: ReleaseSpec) -> Path:
    return write_folder(build_release(spec, SEED), path)


def policy(folder: Path, more: str = "") -> Path:
    """Write a policy that trusts the lab's root."""
    (folder / "lab.der").write_bytes(lab_roots()[0])
    path = folder / "unrig.toml"
    path.write_text(f'trusted_roots = ["lab.der"]\n{more}')
    return path
