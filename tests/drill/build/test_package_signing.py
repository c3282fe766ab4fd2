"""Signed packages as written; jarsigner and osslsigncode, where they are installed, agree."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from unrig.drill.build.package_signing import PackageFlaw, PackageKind, SignedPackageSpec, signed_package
from unrig.drill.build.payload import MARKER

FLAWS = (PackageFlaw.ALTERED, PackageFlaw.RELISTED, PackageFlaw.ADDED, PackageFlaw.REMOVED)


@pytest.mark.parametrize("kind", PackageKind)
def test_the_same_spec_gives_the_same_inert_bytes(kind: PackageKind, tmp_path: Path) -> None:
    spec = SignedPackageSpec(kind=kind)
    data = signed_package(spec, 1)
    assert data == signed_package(spec, 1)
    (tmp_path / "a.zip").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        assert archive.read("lib/phone.dll").startswith(MARKER)
        assert any(name.endswith((".RSA", ".p7s", ".p7x")) for name in archive.namelist())


@pytest.mark.parametrize("kind", PackageKind)
def test_each_flaw_changes_the_package(kind: PackageKind) -> None:
    made = {signed_package(SignedPackageSpec(kind=kind, flaw=flaw), 1) for flaw in (PackageFlaw.NONE, *FLAWS)}
    assert len(made) == 5 if kind is PackageKind.JAR else len(made) == 4


@pytest.mark.skipif(shutil.which("jarsigner") is None, reason="jarsigner is not installed: make optional")
@pytest.mark.parametrize(
    ("flaw", "words"),
    [
        (PackageFlaw.NONE, "jar verified."),
        (PackageFlaw.ALTERED, "digest error"),
        (PackageFlaw.RELISTED, "signature file digest"),
    ],
)
def test_java_reads_the_jar_the_same_way(tmp_path: Path, flaw: PackageFlaw, words: str) -> None:
    (tmp_path / "a.jar").write_bytes(signed_package(SignedPackageSpec(kind=PackageKind.JAR, flaw=flaw), 1))
    ran = subprocess.run(["jarsigner", "-verify", "a.jar"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert words in ran.stdout + ran.stderr
