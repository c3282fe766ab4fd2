"""Exhibits: what findings of weight are about is kept with the case, inert; what is not kept is said."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
from findings_kit import RELEASE, finding, view

from unrig.loop import exhibits
from unrig.model.artifact import Artifact
from unrig.model.coverage import Coverage
from unrig.model.finding import Finding
from unrig.model.levels import Severity, VerdictWord
from unrig.model.problem import Problem, ProblemKind
from unrig.model.results import VetResult
from unrig.store import artifacts_vault, case_folder
from unrig.store.case_folder import CaseFolder, Step, StepInput, open_case
from unrig.vet.contents import Content

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
BYTES = {"codec.dll": b"carrier" * 9, "reader.dll": b"reader" * 9, "again.dll": b"carrier" * 9, "help.dll": b"help"}
VIEWS = {path: view(path, data.decode()) for path, data in BYTES.items()}


def about(path: str, severity: Severity) -> Finding:
    return finding(about=(VIEWS[path],), rule=f"rule-{path}-{severity}", severity=severity)


FOUND = (
    about("reader.dll", Severity.HIGH),
    about("codec.dll", Severity.CRITICAL),
    about("again.dll", Severity.CRITICAL),
    about("help.dll", Severity.LOW),
)


def vet(*findings: Finding) -> VetResult:
    return VetResult(
        generated_at=AT,
        unrig_version="0",
        release=RELEASE,
        verdict=VerdictWord.RIGGED,
        complete=True,
        because=(),
        verdict_without_hindsight=VerdictWord.RIGGED,
        verdict_without_waivers=VerdictWord.RIGGED,
        findings=findings,
        artifacts=tuple(one.artifact for one in VIEWS.values()),
        coverage=Coverage(bytes=0, accounted=0),
    )


def given(_: VetResult, wanted: Sequence[Artifact]) -> Iterator[Content]:
    for artifact in wanted:
        with tempfile.TemporaryFile() as file:
            file.write(BYTES[artifact.path])
            file.flush()
            yield Content(artifact=artifact, descriptor=file.fileno())


@pytest.fixture
def case(tmp_path: Path) -> Iterator[CaseFolder]:
    with open_case(tmp_path / "case", name="case") as opened:
        yield opened


def test_exhibits_are_the_worst_first_equal_bytes_once_and_nothing_slight_or_waived() -> None:
    waived = msgspec.structs.replace(about("help.dll", Severity.HIGH), waived=True)
    assert [one.path for one in exhibits.exhibits(vet(*FOUND, waived))] == ["again.dll", "reader.dll"]


def test_they_are_kept_encoded_and_only_once(case: CaseFolder) -> None:
    assert exhibits.keep(case, vet(*FOUND), given) == ()
    held = case.path / "artifacts"
    assert {path.name for path in held.iterdir()} == {
        hashlib.sha256(BYTES[p]).hexdigest() for p in ("codec.dll", "reader.dll")
    }
    for path in held.iterdir():
        assert artifacts_vault.get(held, path.name) in BYTES.values()
        assert not os.access(path, os.X_OK)

    def never(_: VetResult, wanted: Sequence[Artifact]) -> Iterator[Content]:
        raise AssertionError(wanted)

    assert exhibits.keep(case, vet(*FOUND), never) == ()


def test_what_is_too_large_is_said_and_the_rest_kept(case: CaseFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exhibits, "MOST_BYTES_EACH", len(BYTES["reader.dll"]))
    (problem,) = exhibits.keep(case, vet(*FOUND), given)
    assert (problem.kind, problem.where) == (ProblemKind.LIMIT, "again.dll")
    assert len(case_folder.kept_artifacts(case)) == 1


def test_the_worst_are_kept_where_not_all_fit(case: CaseFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exhibits, "MOST_BYTES", len(BYTES["codec.dll"]))
    (problem,) = exhibits.keep(case, vet(*FOUND), given)
    assert problem.where == "reader.dll"
    assert case_folder.kept_artifacts(case) == {hashlib.sha256(BYTES["codec.dll"]).hexdigest()}


def test_other_bytes_than_those_vetted_are_not_kept(case: CaseFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BYTES, "reader.dll", b"changed")
    (problem,) = exhibits.keep(case, vet(FOUND[0]), given)
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.DAMAGED
    assert case_folder.kept_artifacts(case) == frozenset()


def test_a_case_says_what_it_keeps_and_what_it_does_not(case: CaseFolder) -> None:
    step = Step(verb="vet", inputs=(StepInput(name="release", sha256="01" * 32),), at=AT)
    case_folder.add_result(case, step, msgspec.json.encode(vet(*FOUND)))
    assert [line.split(",")[0] for line in exhibits.told(case)] == [
        "0 of 2 artifacts with findings are kept",
        "not kept: again.dll",
        "not kept: reader.dll",
    ]
    exhibits.keep(case, vet(*FOUND), given)
    assert exhibits.told(case) == ("2 of 2 artifacts with findings are kept",)
    assert [(e.verb, e.inputs[0].split()[0]) for e in case_folder.entries(case)[1:]] == [
        ("keep", "again.dll"),
        ("keep", "reader.dll"),
    ]
    (case.path / "artifacts" / hashlib.sha256(BYTES["reader.dll"]).hexdigest()).unlink()
    assert [line.split(",")[0] for line in exhibits.told(case)] == [
        "1 of 2 artifacts with findings are kept",
        "lost: reader.dll",
    ]
