"""What is told while vet reads: every file once, of as many as there are, cold and warm."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import msgspec
from vet_kit import request, run, written

from unrig.model.progress import Counter, Progress
from unrig.sandbox.pool import Pool


def test_every_file_is_counted_once_cold_and_warm(tmp_path: Path, cache: Path, pool: Pool) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        for number in range(5):
            archive.writestr(f"{number}.txt", f"text {number}")
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("inner.zip", inner.getvalue())
    written(tmp_path / "r" / "outer.zip", outer.getvalue())
    written(tmp_path / "r" / "plain.txt", b"plain")
    for _ in ("cold", "warm"):
        told: list[Progress] = []
        counter = Counter(step="vetting", report=told.append)
        result = run(msgspec.structs.replace(request(tmp_path / "r"), counter=counter), cache, pool)
        last = told[-1]
        assert last.files == last.of == len(result.artifacts) == 8
        assert last.bytes == sum(one.size for one in result.artifacts)
        assert [one.files for one in told] == sorted(one.files for one in told)
        assert all(one.files <= one.of for one in told)
