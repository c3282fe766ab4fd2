"""Waivers: never by path or rule alone, never beyond their day, always said."""

from __future__ import annotations

import datetime as dt

import pytest
from findings_kit import at, finding, view

from unrig.model.finding import Finding
from unrig.model.identity import Identity, Signer
from unrig.model.policy import Waiver
from unrig.model.rule import ArtifactView
from unrig.vet.waiving import Waived, waive

TODAY = dt.date(2026, 11, 23)
SIGNED = {"signer": Signer(subject="CN=Drill"), "name": "a.dll"}
A, B = view("x/a.dll", identity=SIGNED), view("x/b.dll", identity={"name": "b.dll"})


def waiver(**more: object) -> Waiver:
    given = {"rule": "some-rule", "reason": "known tag", "owner": "ops", "expires": TODAY, **more}
    return Waiver(**given)  # type: ignore[arg-type]


def waived(one: Waiver, *about: ArtifactView, rule: str = "some-rule") -> Waived:
    found = finding(at(about[0], 1), about=about, rule=rule)
    identities: dict[str, Identity] = {each.artifact.id: each.artifact.identity for each in about}
    return waive((found,), (one,), identities, TODAY)


def reasons(told: Waived) -> list[str]:
    return [each.waived for each in told.findings]


def test_by_the_artifacts_hash() -> None:
    told = waived(waiver(artifact_sha256=A.artifact.sha256.upper()), A)
    assert reasons(told) == ["known tag"]
    (said,) = told.said
    assert said.startswith("used: ")
    assert "some-rule: known tag (owner ops, until 2026-11-23)" in said


def test_by_signer_and_component() -> None:
    assert reasons(waived(waiver(signer="CN=Drill", component="a.dll"), A)) == ["known tag"]


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"signer": "CN=Drill"},
        {"component": "a.dll"},
        {"signer": "CN=Other", "component": "a.dll"},
        {"signer": "CN=Drill", "component": "b.dll"},
        {"artifact_sha256": "0" * 64},
        {"artifact_sha256": "0" * 64, "signer": "CN=Drill", "component": "a.dll"},
    ],
)
def test_nothing_less_covers_a_signed_file(named: dict[str, str]) -> None:
    told = waived(waiver(**named), A)
    assert reasons(told) == [""]
    assert told.said == ()


def test_a_component_alone_does_not_cover_an_unsigned_file() -> None:
    assert reasons(waived(waiver(component="b.dll"), B)) == [""]
    assert reasons(waived(waiver(), B)) == [""]


def test_another_rule_is_not_covered() -> None:
    assert reasons(waived(waiver(artifact_sha256=A.artifact.sha256), A, rule="another-rule")) == [""]


def test_a_finding_about_two_files_needs_both_covered() -> None:
    assert reasons(waived(waiver(artifact_sha256=A.artifact.sha256), A, B)) == [""]
    assert reasons(waived(waiver(artifact_sha256=A.artifact.sha256), A, A)) == ["known tag"]


@pytest.mark.parametrize(
    ("days", "reason"), [(-1, "expired on 2026-11-22"), (181, "a waiver lasts at most 180 days"), (0, ""), (180, "")]
)
def test_it_holds_through_its_day_and_at_most_180(days: int, reason: str) -> None:
    told = waived(waiver(artifact_sha256=A.artifact.sha256, expires=TODAY + dt.timedelta(days=days)), A)
    assert reasons(told) == ["" if reason else "known tag"]
    (said,) = told.said
    assert said.startswith("not used: some-rule, owner ops" if reason else "used: ")
    assert reason in said


def test_all_other_findings_stay_as_they_are() -> None:
    first, second = finding(at(A, 1), about=(A,)), finding(at(B, 1), about=(B,))
    given: tuple[Finding, ...] = (first, second)
    told = waive(given, (waiver(artifact_sha256=A.artifact.sha256),), {}, TODAY)
    assert [each.id for each in told.findings] == [first.id, second.id]
    assert told.findings[1] == second
    assert waive(given, (), {}, TODAY) == Waived(findings=given, said=())
