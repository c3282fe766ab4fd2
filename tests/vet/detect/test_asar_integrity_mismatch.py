"""An Electron program and its archive: the hash fits, or it does not."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from findings_kit import release, view
from vet_kit import rules_of, vetted, written

from unrig.drill.build.asar import AsarFile, build_asar
from unrig.formats.asar import read
from unrig.model.asar import AsarFacts, UnpackedFile
from unrig.model.electron import AsarHash, ElectronFacts
from unrig.model.levels import Severity
from unrig.model.rule import Hit
from unrig.sandbox.pool import Pool
from unrig.vet.detect.asar_integrity_mismatch import RULE
from unrig.vet.preload import PRELOAD

GOOD, BAD = "a" * 64, "b" * 64
PATH = "app.zip!/phone.exe"


def hits(
    directory: str, *, algorithm: str = "SHA256", checks: bool = True, at: str = "app.zip!/Resources/app.asar"
) -> list[Hit]:
    wanted = AsarHash(path="resources/app.asar", algorithm=algorithm, value=GOOD)
    program = view(PATH, "", ElectronFacts(hashes=(wanted,), checks_archive=checks))
    archive = view(at, "", AsarFacts(files=1, directory_sha256=directory))
    return list(RULE.check(release(program, archive)))


def test_another_archive_than_the_program_was_built_with_is_high() -> None:
    [hit] = hits(BAD)
    assert hit.severity is Severity.HIGH
    assert hit.observed == BAD
    assert GOOD in hit.expected


def test_the_archive_that_it_was_built_with_is_its_benign_twin() -> None:
    assert hits(GOOD) == []


def test_a_program_that_does_not_look_is_milder() -> None:
    [hit] = hits(BAD, checks=False)
    assert hit.severity is Severity.MEDIUM


@pytest.mark.parametrize("at", ["app.zip!/other/resources/app.asar", "app.zip!/resources/other.asar"])
def test_an_archive_that_it_does_not_name_is_no_business_of_it(at: str) -> None:
    assert hits(BAD, at=at) == []


def test_an_algorithm_that_is_not_known_says_nothing() -> None:
    assert hits(BAD, algorithm="SHA512") == []


UNPACKED = UnpackedFile(path="native/a.js", size=5, sha256="c" * 64)


def beside(sha256: str, *, at: str = "x/app.asar.unpacked/native/a.js", file_format: str = "text") -> list[Hit]:
    archive = view("x/app.asar", "", AsarFacts(files=1, directory_sha256=GOOD, unpacked=(UNPACKED,)))
    file = view(at, "")
    artifact = msgspec.structs.replace(file.artifact, sha256=sha256, format=file_format, size=7)
    return list(RULE.check(release(archive, msgspec.structs.replace(file, artifact=artifact))))


def test_another_file_beside_the_archive_than_it_has_the_hash_of() -> None:
    [hit] = beside("d" * 64)
    assert (hit.severity, hit.keys) == (Severity.MEDIUM, ("unpacked/native/a.js",))
    assert hit.observed == f"SHA-256 {'d' * 64}, 7 bytes"


def test_the_file_that_it_has_the_hash_of_is_the_benign_twin() -> None:
    assert beside("c" * 64) == []


def test_signing_may_have_changed_a_library_for_macos() -> None:
    [hit] = beside("d" * 64, file_format="macho")
    assert hit.severity is Severity.LOW


def test_a_file_that_was_taken_out_is_information() -> None:
    [hit] = beside("c" * 64, at="x/elsewhere/a.js")
    assert hit.severity is Severity.INFO
    assert "1 files beside it that are not there (native/a.js)" in hit.what


@pytest.mark.parametrize(("content", "rules"), [(b"inert", set()), (b"other", {"asar-integrity-mismatch"})])
def test_from_the_bytes_of_an_archive_and_its_folder(tmp_path: Path, content: bytes, rules: set[str]) -> None:
    files = (AsarFile(path="a.js", content=b"x"), AsarFile(path="native/b.js", content=b"inert", unpacked=True))
    written(tmp_path / "app" / "app.asar", build_asar(files))
    written(tmp_path / "app" / "app.asar.unpacked" / "native" / "b.js", content)
    with Pool(PRELOAD, jobs=1) as pool:
        result = vetted(tmp_path / "app", cache=tmp_path / "cache", pool=pool)
    assert set(rules_of(result)) == rules


PLIST = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict><key>CFBundleName</key><string>Phone</string>
<key>ElectronAsarIntegrity</key><dict><key>Resources/app.asar</key>
<dict><key>algorithm</key><string>SHA256</string><key>hash</key><string>{}</string></dict></dict></dict></plist>
"""


@pytest.mark.parametrize(("right", "severities"), [(True, []), (False, ["medium"])])
def test_the_hash_in_a_property_list_for_macos(tmp_path: Path, right: bool, severities: list[str]) -> None:
    archive = build_asar((AsarFile(path="a.js", content=b"x"),))
    digest = read(memoryview(archive)).directory_sha256 if right else BAD
    contents = tmp_path / "Phone.app" / "Contents"
    written(contents / "Resources" / "app.asar", archive)
    written(contents / "Info.plist", PLIST.format(digest).encode())
    with Pool(PRELOAD, jobs=1) as pool:
        result = vetted(tmp_path / "Phone.app", cache=tmp_path / "cache", pool=pool)
    assert [f.severity.value for f in result.findings] == severities
    assert {a.format for a in result.artifacts} == {"asar", "plist", "text"}
