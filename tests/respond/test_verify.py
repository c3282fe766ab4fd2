from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from unrig.model.artifact import Trust
from unrig.model.identity import Identity
from unrig.model.levels import Answer, Severity, VerdictWord
from unrig.respond.never_block import DenyKey, deny_keys
from unrig.respond.verify import NotFixed, verify_fix


@pytest.fixture
def rigged(made: ModuleType) -> Any:
    return deny_keys([made.CARRIER_IDENTITY, made.READER_IDENTITY])


def test_a_clean_and_complete_build_is_fixed(made: ModuleType, rigged: tuple[DenyKey, ...]) -> None:
    release = verify_fix(made.clean_build(), rigged)
    assert release.trust is Trust.VETTED
    assert release.sha256 == made.clean_build().release.sha256


@pytest.mark.parametrize("severity", [Severity.INFO, Severity.LOW])
def test_a_low_finding_does_no_harm(made: ModuleType, rigged: tuple[DenyKey, ...], severity: Any) -> None:
    build = made.clean_build(findings=(made.finding(severity),))
    assert not isinstance(verify_fix(build, rigged), NotFixed)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"verdict": VerdictWord.REVIEW}, "verdict is review"),
        ({"verdict": VerdictWord.INCOMPLETE}, "verdict is incomplete"),
        ({"verdict": VerdictWord.SUSPICIOUS}, "verdict is suspicious"),
        ({"verdict": VerdictWord.RIGGED}, "verdict is rigged"),
        ({"verdict_without_waivers": VerdictWord.SUSPICIOUS}, "without waivers"),
        ({"complete": False}, "not everything"),
        ({"artifacts": ()}, "no file"),
    ],
)
def test_no_benefit_of_doubt(made: ModuleType, rigged: tuple[DenyKey, ...], change: Any, says: Any) -> None:
    answer = verify_fix(_changed(made.clean_build(), **change), rigged)
    assert isinstance(answer, NotFixed)
    assert any(says in reason for reason in answer.reasons)


@pytest.mark.parametrize("severity", [Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL])
def test_a_finding_above_low_is_enough(made: ModuleType, rigged: tuple[DenyKey, ...], severity: Any) -> None:
    answer = verify_fix(made.clean_build(findings=(made.finding(severity),)), rigged)
    assert isinstance(answer, NotFixed)
    assert "signature-padding" in answer.reasons[0]


def test_a_build_that_carries_a_rigged_file_over_is_not_fixed(made: ModuleType, rigged: tuple[DenyKey, ...]) -> None:
    of = made.release("18.12.425", text="the repaired installer")
    build = made.clean_build(artifacts=(made.artifact(of, "app/new-name.dll", made.CARRIER),))
    answer = verify_fix(build, rigged)
    assert isinstance(answer, NotFixed)
    assert "app/new-name.dll has the sha256 of a rigged file" in answer.reasons[0]


def test_the_genuine_file_in_the_repaired_build_is_welcome(made: ModuleType, rigged: tuple[DenyKey, ...]) -> None:
    of = made.release("18.12.425", text="the repaired installer")
    genuine = Identity(name="d3dcompiler_47.dll", authenticode_hash={"sha256": made.GENUINE_AUTHENTICODE})
    build = made.clean_build(artifacts=(made.artifact(of, "d3dcompiler_47.dll", made.sha("genuine"), genuine),))
    assert not isinstance(verify_fix(build, rigged), NotFixed)


def test_an_authenticode_hash_that_discriminates_is_looked_for(made: ModuleType) -> None:
    shared = {"sha256": "ab" * 32}
    yes = {"authenticode_hash.sha256": Answer.YES}
    rigged = deny_keys([Identity(authenticode_hash=shared, discriminates=yes)])
    of = made.release("18.12.425", text="the repaired installer")
    build = made.clean_build(artifacts=(made.artifact(of, "a.dll", made.sha("a"), Identity(authenticode_hash=shared)),))
    assert isinstance(verify_fix(build, rigged), NotFixed)


def test_the_rigged_release_is_not_its_own_repair(made: ModuleType) -> None:
    of = made.release()
    lead = Identity(sha256=of.sha256, discriminates={"sha256": Answer.YES})
    answer = verify_fix(made.clean_build(of=of), deny_keys([lead]))
    assert answer.reasons[0] == "it is the rigged release itself"


def _changed(build: Any, **fields: Any) -> Any:
    return type(build)(**{**{name: getattr(build, name) for name in build.__struct_fields__}, **fields})
