"""Marks: the truth itself passes, anything blinded or made up does not, and silence is an error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import structs

from unrig.drill import examine
from unrig.drill.build.truth import Truth
from unrig.drill.examine import Answers
from unrig.drill.mark import Mark
from unrig.drill.score import marks, total
from unrig.model.errors import UsageError
from unrig.model.exposure import Affected, Fixed, NotAffected
from unrig.model.levels import Severity, VerdictWord
from unrig.model.results import HuntResult, ScopeResult, VetResult

SEED = 2


@pytest.fixture(scope="session")
def sat(tmp_path_factory: pytest.TempPathFactory) -> tuple[Truth, Answers]:
    folder = tmp_path_factory.mktemp("drill") / "relay"
    truth = examine.build("relay", SEED, folder)
    return truth, examine.examine(folder, truth, jobs=2)


def by_question(truth: Truth, answers: Answers) -> dict[str, Mark]:
    return {mark.question: mark for mark in marks(truth, answers)}


def with_vet(answers: Answers, role: str, change: Callable[[VetResult], VetResult]) -> Answers:
    return structs.replace(answers, vets={**answers.vets, role: change(answers.vets[role])})


def with_scope(answers: Answers, **changes: object) -> Answers:
    assert isinstance(answers.run.scope, ScopeResult)
    scope = structs.replace(answers.run.scope, **changes)
    return structs.replace(answers, run=structs.replace(answers.run, scope=scope))


def with_hunt(answers: Answers, **changes: object) -> Answers:
    return structs.replace(answers, hunt=structs.replace(answers.hunt, **changes))


def test_the_real_answers_find_something_everywhere(sat: tuple[Truth, Answers]) -> None:
    found = by_question(*sat)
    for question in ("rigged releases called rigged", "rigged files named", "release seen", "dead drop seen"):
        assert found[question].found, question
    assert all(mark.of for name, mark in found.items() if name != "fixed devices counted")


def test_every_question_is_asked_whatever_was_found(sat: tuple[Truth, Answers]) -> None:
    truth, answers = sat
    blind = with_hunt(with_scope(answers, exposures=(), embedded=()), sightings=(), observability=())
    assert [mark.question for mark in marks(truth, answers)] == [mark.question for mark in marks(truth, blind)]


@pytest.mark.parametrize("role", ["rigged", "carrier_only", "rigged alone"])
def test_a_rigged_release_called_clean_is_a_miss(sat: tuple[Truth, Answers], role: str) -> None:
    truth, answers = sat
    wrong = with_vet(answers, role, lambda vet: structs.replace(vet, verdict=VerdictWord.CLEAN))
    mark = by_question(truth, wrong)["rigged releases called rigged"]
    assert mark.found == by_question(truth, answers)["rigged releases called rigged"].found - 1
    assert not mark.passed()
    assert role in mark.notes[0]


@pytest.mark.parametrize("role", ["baseline", "fixed", "twin", "reader_only"])
def test_a_benign_release_called_rigged_fails(sat: tuple[Truth, Answers], role: str) -> None:
    truth, answers = sat
    wrong = with_vet(answers, role, lambda vet: structs.replace(vet, verdict=VerdictWord.RIGGED))
    mark = by_question(truth, wrong)["benign releases left alone"]
    assert not mark.passed()
    assert any(role in note for note in mark.notes)


def test_files_not_named_are_missed_and_files_made_up_are_false(sat: tuple[Truth, Answers]) -> None:
    truth, answers = sat
    blind = with_vet(answers, "rigged", lambda vet: structs.replace(vet, findings=()))
    mark = by_question(truth, blind)["rigged files named"]
    assert (mark.found, mark.of) == (1, 3)
    assert [" of rigged is not named at high" in note for note in mark.notes] == [True, True]
    finding = answers.vets["rigged"].findings[0]
    refs = (structs.replace(finding.artifacts[0], sha256="0" * 64),)
    more = structs.replace(finding, artifacts=refs, severity=Severity.HIGH)
    wrong = with_vet(answers, "rigged", lambda vet: structs.replace(vet, findings=(*vet.findings, more)))
    mark = by_question(truth, wrong)["rigged files named"]
    assert mark.false == by_question(truth, answers)["rigged files named"].false + 1


@pytest.mark.parametrize("question", ["release seen", "dead drop seen", "foreign module seen"])
def test_a_blinded_hunt_sees_no_stage(sat: tuple[Truth, Answers], question: str) -> None:
    truth, answers = sat
    before, after = (
        by_question(truth, answers)[question],
        by_question(truth, with_hunt(answers, sightings=()))[question],
    )
    assert before.found > after.found == 0
    assert before.of == after.of == len(after.notes)


def test_a_sighting_of_the_wrong_event_counts_for_nothing(sat: tuple[Truth, Answers]) -> None:
    truth, answers = sat
    moved = tuple(
        structs.replace(each, rows=tuple(structs.replace(row, record=row.record + 100_000) for row in each.rows))
        for each in answers.hunt.sightings
    )
    found = by_question(truth, with_hunt(answers, sightings=moved))
    assert found["dead drop seen"].found == 0
    assert found["no alarm but for the incident"].false > 0


def test_a_hunt_that_never_says_what_it_cannot_see_fails(sat: tuple[Truth, Answers]) -> None:
    truth, answers = sat
    mark = by_question(truth, with_hunt(answers, observability=()))["blind spots told"]
    assert mark.of > mark.found == 0


def alarmed(hunt: HuntResult, severity: Severity) -> HuntResult:
    sighting = structs.replace(hunt.sightings[0], device="nowhere", severity=severity)
    return structs.replace(hunt, sightings=(*hunt.sightings, sighting))


@pytest.mark.parametrize(("severity", "false"), [(Severity.HIGH, 1), (Severity.MEDIUM, 1), (Severity.LOW, 0)])
def test_alarms_about_nothing_are_false(sat: tuple[Truth, Answers], severity: Severity, false: int) -> None:
    truth, answers = sat
    question = "no alarm but for the incident"
    wrong = structs.replace(answers, hunt=alarmed(answers.hunt, severity))
    assert by_question(truth, wrong)[question].false - by_question(truth, answers)[question].false == false


def test_any_alarm_on_the_twin_fleet_is_false(sat: tuple[Truth, Answers]) -> None:
    truth, answers = sat
    wrong = structs.replace(answers, twin=structs.replace(answers.twin, sightings=answers.hunt.sightings))
    mark = by_question(truth, wrong)["no alarm on the twin fleet"]
    assert mark.false
    assert not mark.passed()


def test_devices_must_be_counted_exactly(sat: tuple[Truth, Answers]) -> None:
    truth, answers = sat
    assert answers.run.scope is not None
    scope = answers.run.scope
    for change, sign in ((-1, "found"), (truth.scope.telling + 1, "false")):
        moved = [
            structs.replace(each, devices=each.devices + change) if isinstance(each, Affected) else each
            for each in scope.exposures
        ]
        before = by_question(truth, answers)["affected devices counted"]
        after = by_question(truth, with_scope(answers, exposures=tuple(moved)))["affected devices counted"]
        assert getattr(after, sign) != getattr(before, sign)
        assert not after.passed()


def test_nobody_who_may_have_it_is_cleared(sat: tuple[Truth, Answers]) -> None:
    truth, answers = sat
    some = next(each for each in answers.run.scope.exposures if isinstance(each, Affected))  # type: ignore[union-attr]
    cleared = NotAffected(
        id="x",
        identity=some.identity,
        devices=truth.scope.devices,
        denominator=truth.scope.devices,
        matched_by=("name",),
        reason="a version number",
        justification="component_not_present",
    )
    mark = by_question(truth, with_scope(answers, exposures=(cleared,)))["undecided devices kept"]
    assert mark.found == 0
    assert mark.false


def test_fixed_devices_made_up_are_false(sat: tuple[Truth, Answers]) -> None:
    truth, answers = sat
    some = next(each for each in answers.run.scope.exposures if isinstance(each, Affected))  # type: ignore[union-attr]
    fixed = Fixed(
        id="x",
        identity=some.identity,
        devices=truth.scope.fixed + 1,
        denominator=truth.scope.devices,
        matched_by=("sha256",),
        reason="",
        by="",
    )
    assert by_question(truth, with_scope(answers, exposures=(fixed,)))["fixed devices counted"].false == 1


def test_products_embedded_by_name_alone_are_false(sat: tuple[Truth, Answers]) -> None:
    truth, answers = sat
    assert answers.run.scope is not None
    entry = answers.run.scope.embedded[0]
    more = structs.replace(entry, product=truth.scope.not_embedded[0])
    mark = by_question(truth, with_scope(answers, embedded=(more,)))["embedding products named"]
    assert (mark.found, mark.false) == (0, 1)


def test_relays_taken_for_sources_are_false(sat: tuple[Truth, Answers]) -> None:
    truth, answers = sat
    case = answers.run.case
    root = case.independence.roots[0]
    roots = (*case.independence.roots, structs.replace(root, claim="ring-0"))
    case = structs.replace(case, independence=structs.replace(case.independence, roots=roots))
    wrong = structs.replace(answers, run=structs.replace(answers.run, case=case))
    assert by_question(truth, wrong)["independent sources counted"].false == 1


def test_a_response_that_spares_nobody_or_names_no_fix_fails(sat: tuple[Truth, Answers]) -> None:
    truth, answers = sat
    respond = structs.replace(answers.run.respond, never_block=(), fix=None, documents=())
    found = by_question(truth, structs.replace(answers, run=structs.replace(answers.run, respond=respond)))
    assert found["genuine files spared"].found == 0
    assert found["repaired build named"].found == 0
    assert not found["documents pass their checkers"].passed()


def test_sums_add_up_and_keep_their_order() -> None:
    one = (Mark(question="a", found=1, of=2, notes=("x",)), Mark(question="b", found=0, of=0, false=1))
    two = (Mark(question="a", found=2, of=2), Mark(question="b", found=1, of=1, notes=("y",)))
    summed = total([one, two])
    assert summed[0] == Mark(question="a", found=3, of=4, notes=("x",))
    assert summed[1] == Mark(question="b", found=1, of=1, false=1, notes=("y",))
    assert not summed[1].passed()


def test_nothing_to_find_is_an_error() -> None:
    with pytest.raises(UsageError, match="found nothing in: b"):
        total([(Mark(question="a", found=1, of=1), Mark(question="b", found=0, of=0))])
    with pytest.raises(UsageError, match="all"):
        total([])


def test_a_full_mark_with_a_false_alarm_does_not_pass() -> None:
    assert Mark(question="a", found=2, of=2).passed()
    assert not Mark(question="a", found=2, of=2, false=1).passed()
    assert not Mark(question="a", found=1, of=2).passed()


def test_drills_are_built_into_empty_folders_only(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    with pytest.raises(UsageError, match="empty or absent folder"):
        examine.build("relay", 1, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_unknown_incidents_and_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="expected one of polish, relay, smoothoperator"):
        examine.incident("nothing")
    with pytest.raises(UsageError, match="truth of a drill"):
        examine.read_truth(tmp_path)
    (tmp_path / "truth.json").write_text("{}")
    with pytest.raises(UsageError, match="truth of a drill"):
        examine.read_truth(tmp_path)
