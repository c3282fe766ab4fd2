"""Marks of releases: a miss, a false alarm and a finger that points elsewhere each count."""

from __future__ import annotations

import pytest
from msgspec import structs

from unrig.drill import examine
from unrig.drill.build.folder import write_folder
from unrig.drill.build.hosting import hosted_images
from unrig.drill.build.lab_policy import POLICY, policy_files
from unrig.drill.build.truth import HiddenTruth, PlaceTruth, Truth, VetTruth
from unrig.drill.incidents.smoothoperator import HOSTED, TWIN, _hosting
from unrig.drill.mark import Mark
from unrig.drill.score_vet import vet_marks
from unrig.model.levels import Severity, VerdictWord
from unrig.model.place import Range
from unrig.model.results import VetResult

Sat = tuple[Truth, dict[str, VetResult]]


@pytest.fixture(scope="module")
def sat(tmp_path_factory: pytest.TempPathFactory) -> Sat:
    """A drill of two releases of one small folder, of which one is rigged."""
    folder, seed = tmp_path_factory.mktemp("drill"), 3
    images = {f"{HOSTED}/{path}": data for path, data in hosted_images(seed, carrying=True).items()}
    images |= {f"{TWIN}/{path}": data for path, data in hosted_images(seed, carrying=False).items()}
    write_folder(images | policy_files(), folder / "d")
    truth = Truth(incident="smoothoperator", seed=seed, policy=POLICY, releases=_hosting(seed))
    return truth, dict(examine.examine(folder / "d", truth, jobs=2).vets)


def by_question(truth: Truth, vets: dict[str, VetResult]) -> dict[str, Mark]:
    return {mark.question: mark for mark in vet_marks(truth, vets)}


def test_real_answers_pass(sat: Sat) -> None:
    found = by_question(*sat)
    assert all(mark.passed() and mark.of for mark in found.values())
    assert list(found) == [
        "rigged releases called rigged",
        "benign releases left alone",
        "rigged files named",
        "hidden bytes pointed at",
    ]


@pytest.mark.parametrize(
    ("role", "said", "question"),
    [
        ("hosting", VerdictWord.CLEAN, "rigged releases called rigged"),
        ("hosting", VerdictWord.INCOMPLETE, "rigged releases called rigged"),
        ("hosting_twin", VerdictWord.SUSPICIOUS, "benign releases left alone"),
    ],
)
def test_a_wrong_word_is_told(sat: Sat, role: str, said: VerdictWord, question: str) -> None:
    truth, vets = sat
    mark = by_question(truth, {**vets, role: structs.replace(vets[role], verdict=said)})[question]
    assert not mark.passed()
    assert mark.notes[0].startswith(f"{role} is {said}, not ")


def test_milder_findings_name_nothing(sat: Sat) -> None:
    truth, vets = sat
    mild = tuple(structs.replace(each, severity=Severity.LOW) for each in vets["hosting"].findings)
    mark = by_question(truth, {**vets, "hosting": structs.replace(vets["hosting"], findings=mild)})[
        "rigged files named"
    ]
    assert (mark.found, mark.of) == (0, len(truth.releases[0].hidden))
    assert "is not named at medium or above" in mark.notes[0]


def test_a_finger_that_points_elsewhere_is_a_miss(sat: Sat) -> None:
    truth, vets = sat

    def moved(place: object) -> object:
        return structs.replace(place, offset=place.offset + 50_000) if isinstance(place, Range) else place

    findings = tuple(
        structs.replace(one, evidence=tuple(structs.replace(e, place=moved(e.place)) for e in one.evidence))
        for one in vets["hosting"].findings
    )
    mark = by_question(truth, {**vets, "hosting": structs.replace(vets["hosting"], findings=findings)})
    assert mark["hidden bytes pointed at"].found == 0
    assert mark["rigged files named"].passed()


def test_more_than_the_evidence_gives_is_asked_only_where_something_may_be_clean(sat: Sat) -> None:
    truth, vets = sat
    open_one = VetTruth(role="hosting", path="x", version="", verdicts=("clean", "review"), rigged=True)
    asked = structs.replace(truth, releases=(open_one, truth.releases[1]))
    mark = by_question(asked, vets)["nothing said beyond the evidence"]
    assert (mark.found, mark.of) == (1, 1)
    loud = {**vets, "hosting": structs.replace(vets["hosting"], verdict=VerdictWord.RIGGED)}
    assert not by_question(asked, loud)["nothing said beyond the evidence"].passed()


def test_a_file_that_nothing_can_tell_is_not_asked_for(sat: Sat) -> None:
    truth, vets = sat
    quiet = HiddenTruth(
        path="a", sha256="0" * 64, how="reader", told="", places=(PlaceTruth(what="x", offset=0, size=1),)
    )
    release = structs.replace(truth.releases[0], hidden=(*truth.releases[0].hidden, quiet))
    mark = by_question(structs.replace(truth, releases=(release, truth.releases[1])), vets)
    assert mark["rigged files named"].of == len(truth.releases[0].hidden)
    assert not mark["hidden bytes pointed at"].passed()
