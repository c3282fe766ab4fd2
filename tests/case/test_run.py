"""`unrig case DIR` on a folder: claims are kept once, the document is the derivation, damage is a problem."""

import datetime as dt
import shutil
from pathlib import Path

import msgspec
import pytest

from unrig.case.collect import collect
from unrig.case.inputs import CaseInputs
from unrig.case.pipeline import derive
from unrig.case.run import CaseRun, GivenClaims, run
from unrig.data import claims as public_claims
from unrig.exchange.claims_toml import parse
from unrig.model.errors import UsageError
from unrig.model.results import RespondResult
from unrig.store import case_folder, case_head
from unrig.store.case_folder import Step, StepInput, open_case, read_case
from unrig.store.case_verify import verify

AT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
PUBLIC = GivenClaims(name="3cx.toml", data=public_claims.load("3cx"))


def fill(folder: Path, incident: CaseInputs) -> None:
    with open_case(folder, name="App") as case:
        for verb, sha256, document in (("vet", "01", incident.vets[0]), ("hunt", "02", incident.hunts[0])):
            step = Step(verb=verb, inputs=(StepInput(name=verb, sha256=sha256 * 32),), at=AT)
            case_folder.add_result(case, step, msgspec.json.encode(document))


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_the_document_in_the_folder_is_the_derivation(tmp_path: Path, incident: CaseInputs) -> None:
    fill(tmp_path, incident)
    result = run(CaseRun(folder=tmp_path, claims=(PUBLIC,), at=AT), parse)
    assert names(tmp_path) == [
        "LOCK",
        "case.toml",
        "claims/0003-3cx.toml",
        "derived/edges.json",
        "derived/stages.json",
        "derived/timeline.json",
        "journal.jsonl",
        "results/0001-vet.json",
        "results/0002-hunt.json",
        "results/0004-case.json",
    ]
    assert case_folder.decode((tmp_path / "results/0004-case.json").read_bytes()) == result
    assert result == derive(collect(read_case(tmp_path), AT, parse).inputs)
    assert len(result.stages) == 5
    assert result.problems == ()
    assert verify(read_case(tmp_path)).changes == ()


def test_running_again_adds_nothing_and_brings_derived_files_back(tmp_path: Path, incident: CaseInputs) -> None:
    fill(tmp_path, incident)
    first = run(CaseRun(folder=tmp_path, claims=(PUBLIC,), at=AT), parse)
    derived = {path.name: path.read_bytes() for path in (tmp_path / "derived").iterdir()}
    shutil.rmtree(tmp_path / "derived")
    assert run(CaseRun(folder=tmp_path, claims=(PUBLIC,), at=AT + dt.timedelta(days=1)), parse) == first
    assert {path.name: path.read_bytes() for path in (tmp_path / "derived").iterdir()} == derived
    assert len(case_folder.entries(read_case(tmp_path))) == 4


def test_an_answer_to_the_case_is_no_input_of_it(tmp_path: Path, incident: CaseInputs) -> None:
    fill(tmp_path, incident)
    first = run(CaseRun(folder=tmp_path, at=AT), parse)
    answer = RespondResult(generated_at=AT, unrig_version="0.1.0")
    with open_case(tmp_path) as case:
        step = Step(verb="respond", inputs=(StepInput(name="case", sha256="03" * 32),), at=AT)
        case_folder.add_result(case, step, msgspec.json.encode(answer))
    before = names(tmp_path)
    assert run(CaseRun(folder=tmp_path, at=AT), parse) == first
    assert names(tmp_path) == before


def test_the_last_result_of_a_step_counts(tmp_path: Path, incident: CaseInputs) -> None:
    fill(tmp_path, incident)
    cleared = msgspec.structs.replace(incident.vets[0], findings=())
    with open_case(tmp_path) as case:
        step = Step(verb="vet", inputs=(StepInput(name="vet", sha256="01" * 32),), at=AT)
        case_folder.add_result(case, step, msgspec.json.encode(cleared))
    result = run(CaseRun(folder=tmp_path, at=AT), parse)
    assert not any(stage.title.startswith("In the release") for stage in result.stages)


def test_bad_claims_and_altered_results_are_problems_of_the_case(tmp_path: Path, incident: CaseInputs) -> None:
    fill(tmp_path, incident)
    given = (GivenClaims(name="bad.toml", data=b"[[claim]]\nid = 1"), GivenClaims(name="no.toml", data=b"\xff"))
    (tmp_path / "results/0002-hunt.json").write_bytes(b"{}")
    result = run(CaseRun(folder=tmp_path, claims=given, at=AT), parse)
    assert [problem.where for problem in result.problems] == [
        "claims/0003-bad.toml: claim 1, field id",
        "claims/0004-no.toml: byte 0",
        "journal entry 2: results/0002-hunt.json",
    ]


def test_a_case_of_a_newer_unrig_is_derived_but_not_written_to(tmp_path: Path, incident: CaseInputs) -> None:
    fill(tmp_path, incident)
    case_head.write(tmp_path, msgspec.structs.replace(case_head.read(tmp_path), unrig="99.0"))
    before = names(tmp_path)
    assert len(run(CaseRun(folder=tmp_path, at=AT), parse).stages) == 4
    with pytest.raises(UsageError, match="update unrig"):
        run(CaseRun(folder=tmp_path, claims=(PUBLIC,), at=AT), parse)
    assert names(tmp_path) == before
