from __future__ import annotations

import hashlib
import random
from types import ModuleType
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from unrig.model.artifact import Release
from unrig.model.levels import VerdictWord
from unrig.model.results import HuntResult, RespondResult
from unrig.respond.documents import EMITTERS
from unrig.respond.emitter import Refusal
from unrig.respond.pipeline import respond


def test_every_document_is_written_and_passes_another_authors_checker(made: ModuleType) -> None:
    outcome = respond(made.request())
    assert [document.path for document in outcome.result.documents] == [f"derived/{one.path}" for one in EMITTERS]
    for document, written in zip(outcome.result.documents, outcome.files, strict=True):
        assert document.path == written.path
        assert document.sha256 == hashlib.sha256(written.content).hexdigest()
        assert [(check.result, check.detail) for check in document.checks] == [("passed", "")]
        assert all(check.version for check in document.checks)
    assert outcome.result.problems == ()
    assert outcome.result.fix is None
    assert msgspec.json.decode(msgspec.json.encode(outcome.result), type=RespondResult) == outcome.result


def test_the_same_case_gives_the_same_bytes(made: ModuleType) -> None:
    first = respond(made.request(fix=made.clean_build()))
    for seed in range(3):
        dice = random.Random(seed)
        vet = made.vet()
        shuffled = replace(
            vet,
            artifacts=tuple(dice.sample(vet.artifacts, len(vet.artifacts))),
            leads=tuple(dice.sample(vet.leads, len(vet.leads))),
            findings=tuple(dice.sample(vet.findings, len(vet.findings))),
        )
        scoped = made.scoped(exposures=tuple(dice.sample(made.exposures(), 4)))
        assert respond(made.request(vets=(shuffled,), scope=scoped, fix=made.clean_build())) == first


@pytest.mark.parametrize("verdict", [VerdictWord.CLEAN, VerdictWord.INCOMPLETE, VerdictWord.REVIEW])
def test_without_a_rigged_release_nothing_is_written_and_each_refusal_is_told(made: ModuleType, verdict: Any) -> None:
    outcome = respond(made.request(vets=(made.vet(verdict),)))
    assert outcome.files == ()
    assert outcome.result.documents == ()
    assert outcome.result.never_block == ()
    assert [problem.where for problem in outcome.result.problems] == [f"derived/{one.path}" for one in EMITTERS]
    assert all(problem.action for problem in outcome.result.problems)


def test_a_fix_that_is_none_is_named_in_no_document(made: ModuleType) -> None:
    build = made.clean_build(findings=(made.finding(),))
    outcome = respond(made.request(fix=build))
    assert outcome.result.fix is None
    (problem,) = outcome.result.problems
    assert "signature-padding" in problem.observed
    assert all(build.release.sha256.encode() not in file.content for file in outcome.files)


def test_a_verified_fix_is_named(made: ModuleType, fixed: Release) -> None:
    outcome = respond(made.request(fix=made.clean_build()))
    assert outcome.result.fix.sha256 == fixed.sha256
    named = [file.path for file in outcome.files if fixed.sha256.encode() in file.content]
    assert named == ["derived/customer-notice.md", "derived/openvex.json"]


def test_no_document_denies_what_must_never_be_blocked(made: ModuleType) -> None:
    outcome = respond(made.request())
    values = [one.value.lower() for one in outcome.result.never_block if one.kind == "authenticode_hash"]
    assert made.GENUINE_AUTHENTICODE in values
    for file in outcome.files:
        text = file.content.decode().lower()
        assert not any(value in text for value in values), file.path


def test_refusals_of_each_emitter_are_values(made: ModuleType) -> None:
    inputs = made.inputs(vets=(made.vet(leads=()),), scope=None)
    answers = {emitter.id: emitter.emit(inputs) for emitter in EMITTERS}
    assert all(isinstance(answer, Refusal) for answer in answers.values())


def test_the_list_of_emitters_is_sorted_unique_and_documented() -> None:
    assert [one.id for one in EMITTERS] == sorted({one.id for one in EMITTERS})
    for one in EMITTERS:
        documentation = __import__(one.emit.__module__, fromlist=["x"]).__doc__
        assert "Refuses:" in documentation
        assert "Stable:" in documentation


def test_what_is_not_known_comes_from_results(made: ModuleType) -> None:
    hunt = HuntResult(generated_at=made.WHEN, unrig_version="0", complete=True, because=())
    assert any("telemetry" in unknown for unknown in made.inputs().unknowns)
    assert made.inputs(hunt=hunt).unknowns == ()
    assert any("inventory" in unknown for unknown in made.inputs(hunt=hunt, scope=None).unknowns)
    partly = made.inputs(hunt=replace(hunt, complete=False), vets=(made.vet(complete=False),)).unknowns
    assert len(partly) == 2
