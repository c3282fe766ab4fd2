"""An installer of 100 MB with 1,500 files, and the release before it, of which 20 files differ. All of it is inert."""

from __future__ import annotations

import random
from pathlib import Path

from unrig.drill.build.cab import CabMethod
from unrig.drill.build.msi import MsiFile, MsiSpec, build_msi

FILES, CHANGED = 1_500, 20
SIZE = 70_000
"""Bytes of a file: half of them random, half of them text, so that there is something to unpack."""


def installers(folder: Path) -> tuple[Path, Path]:
    """Write both below a folder and return the release and its baseline."""
    old = [_file(number, number) for number in range(FILES)]
    new = [_file(n, n + FILES) if n % (FILES // CHANGED) == 0 else file for n, file in enumerate(old)]
    return _written(folder / "phone-1.2.4.msi", "1.2.4", new), _written(folder / "phone-1.2.3.msi", "1.2.3", old)


def _file(number: int, seed: int) -> MsiFile:
    draw = random.Random(seed)
    content = draw.randbytes(SIZE // 2) + (b"%08d inert line\n" % seed) * (SIZE // 2 // 20)
    return MsiFile(path=f"part{number % 40}/file{number:04}.dat", content=content)


def _written(path: Path, version: str, files: list[MsiFile]) -> Path:
    path.write_bytes(build_msi(MsiSpec(version=version, files=tuple(files), method=CabMethod.MSZIP)))
    return path
