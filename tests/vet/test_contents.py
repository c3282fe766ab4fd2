"""The bytes of a vetted file are had again from wherever it stood, and are those that were vetted."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest
from vet_kit import vetted, written

from unrig.model.artifact import Artifact
from unrig.model.problem import Problem
from unrig.sandbox.pool import Pool
from unrig.store.fact_cache import open_cache
from unrig.vet.contents import contents


def packed(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return out.getvalue()


INNER = packed(deep_txt=b"deep down" * 50, other_txt=b"another")
FILES = {"top.txt": b"at the top", "a/one.zip": packed(in_zip=INNER, flat_txt=b"flat")}


def put(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        written(folder / name, data)
    return folder


def read(release: Path, found: tuple[Artifact, ...], cache: Path, pool: Pool) -> dict[str, bytes | Problem]:
    read: dict[str, bytes | Problem] = {}
    with open_cache(cache) as opened:
        for one in contents(release, found, found, cache=opened, pool=pool):
            size = one.artifact.size + 1
            read[one.artifact.path] = (
                one.descriptor if isinstance(one.descriptor, Problem) else os.pread(one.descriptor, size, 0)
            )
    return read


@pytest.mark.parametrize("shape", ["folder", "file"])
def test_every_file_is_had_again_through_folders_and_containers(
    tmp_path: Path, cache: Path, pool: Pool, shape: str
) -> None:
    release = put(tmp_path / "r", FILES) if shape == "folder" else written(tmp_path / "r.zip", packed(in_zip=INNER))
    artifacts = vetted(release, cache=cache, pool=pool).artifacts
    assert len(artifacts) == (6 if shape == "folder" else 4)
    found = read(release, artifacts, cache, pool)
    assert list(found) == [one.path for one in artifacts]
    for artifact in artifacts:
        data = found[artifact.path]
        assert isinstance(data, bytes), data
        assert hashlib.sha256(data).hexdigest() == artifact.sha256


def test_what_is_gone_is_a_problem_and_the_rest_is_had(tmp_path: Path, cache: Path, pool: Pool) -> None:
    release = put(tmp_path / "r", FILES)
    artifacts = vetted(release, cache=cache, pool=pool).artifacts
    (release / "top.txt").unlink()
    found = read(release, artifacts, cache, pool)
    lost = found["top.txt"]
    assert isinstance(lost, Problem)
    assert (lost.where, "not kept" in lost.effect) == ("top.txt", True)
    assert found["a/one.zip!/flat.txt"] == b"flat"


def test_a_container_that_changed_since_gives_no_other_bytes(tmp_path: Path, cache: Path, pool: Pool) -> None:
    release = put(tmp_path / "r", FILES)
    artifacts = vetted(release, cache=cache, pool=pool).artifacts
    written(release / "a/one.zip", packed(in_zip=INNER, flat_txt=b"FLAT"))
    assert isinstance(read(release, artifacts, cache, pool)["a/one.zip!/flat.txt"], Problem)


def test_without_the_listing_that_vet_leaves_nothing_is_guessed(tmp_path: Path, cache: Path, pool: Pool) -> None:
    release = put(tmp_path / "r", FILES)
    artifacts = vetted(release, cache=cache, pool=pool).artifacts
    found = read(release, artifacts, tmp_path / "other-cache", pool)
    assert found["top.txt"] == b"at the top"
    assert isinstance(found["a/one.zip!/flat.txt"], Problem)
