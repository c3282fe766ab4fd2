"""An Electron program and its archive: the hash fits, or it does not."""

from __future__ import annotations

import pytest
from findings_kit import release, view

from unrig.model.asar import AsarFacts
from unrig.model.electron import AsarHash, ElectronFacts
from unrig.model.levels import Severity
from unrig.model.rule import Hit
from unrig.vet.detect.asar_integrity_mismatch import RULE

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
