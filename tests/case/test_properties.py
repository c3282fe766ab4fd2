"""Cases made at random: derivation never fails, every reference holds, nothing depends on order."""

import datetime as dt
from itertools import pairwise

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.case.export_stix import to_stix
from unrig.case.inputs import CaseInputs
from unrig.case.pipeline import derive
from unrig.exchange import stix
from unrig.model.artifact import Release
from unrig.model.case import Certainty
from unrig.model.coverage import Coverage
from unrig.model.finding import ArtifactRef, Finding
from unrig.model.lead import FileNameLead
from unrig.model.levels import Confidence, Maturity, Severity, VerdictWord
from unrig.model.moment import surely_before
from unrig.model.results import CaseResult, HuntResult, VetResult
from unrig.model.telemetry import Sighting

AT = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
TECHNIQUES = st.lists(st.sampled_from(["T1574.002", "T1574.001", "T1027.009", "T9999", "T1102.001"]), max_size=2).map(
    tuple
)
SOME = st.integers(0, 5).map(str)
FINDINGS = st.builds(
    Finding,
    id=SOME.map("f{}".format),
    rule=SOME.map("rule-{}".format),
    title=SOME,
    severity=st.sampled_from(Severity),
    confidence=st.sampled_from(Confidence),
    maturity=st.sampled_from(Maturity),
    artifacts=st.lists(st.builds(ArtifactRef, id=SOME.map("a{}".format), path=SOME, sha256=SOME), max_size=2).map(
        tuple
    ),
    techniques=TECHNIQUES,
    summary=st.just(""),
    benign=st.just(""),
    waived=st.sampled_from(["", "", "known"]),
)
LEADS = st.builds(
    FileNameLead, id=SOME.map("l{}".format), name=SOME, findings=st.lists(SOME.map("f{}".format), max_size=2).map(tuple)
)


@st.composite
def seen(draw: st.DrawFn) -> Sighting:
    """Draw one sighting, of a lead or an analytic."""
    first = AT + dt.timedelta(minutes=draw(st.integers(0, 500)))
    return Sighting(
        id=draw(SOME.map("s{}".format)),
        of=draw(st.sampled_from(["l0", "l1", "analytic"])),
        title=draw(SOME),
        device=draw(st.sampled_from(["", "pc-1", "pc-2"])),
        process=draw(st.sampled_from(["", "p-1"])),
        first=first,
        last=first + dt.timedelta(minutes=draw(st.integers(0, 50))),
        count=draw(st.integers(1, 9)),
        stage=draw(st.sampled_from(["", "load", "beacon"])),
        techniques=draw(TECHNIQUES),
        severity=Severity.HIGH,
    )


@st.composite
def cases(draw: st.DrawFn) -> CaseInputs:
    """Draw the inputs of a case: one vetted release and one hunt."""
    vet = VetResult(
        generated_at=AT,
        unrig_version="0",
        release=Release(name="App", path="app", sha256="ab" * 32, size=1, format="zip"),
        verdict=VerdictWord.REVIEW,
        complete=True,
        because=(),
        verdict_without_hindsight=VerdictWord.REVIEW,
        verdict_without_waivers=VerdictWord.REVIEW,
        findings=draw(st.lists(FINDINGS, max_size=6, unique_by=lambda one: one.id).map(tuple)),
        leads=draw(st.lists(LEADS, max_size=6, unique_by=lambda one: one.id).map(tuple)),
        coverage=Coverage(bytes=1, accounted=1),
    )
    sightings = draw(st.lists(seen(), max_size=6, unique_by=lambda one: one.id).map(tuple))
    hunt = HuntResult(generated_at=AT, unrig_version="0", complete=True, because=(), sightings=sightings)
    return CaseInputs(id="c", name="C", tlp="red", generated_at=AT, unrig_version="0", vets=(vet,), hunts=(hunt,))


@given(cases())
def test_every_finding_that_counts_and_every_sighting_is_in_one_stage(inputs: CaseInputs) -> None:
    shown = [key for stage in derive(inputs).stages for key in stage.evidence]
    counts = {Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL}
    expected = [one.id for one in inputs.vets[0].findings if one.severity in counts and not one.waived]
    assert sorted(shown) == sorted(expected + [one.id for one in inputs.hunts[0].sightings])


@given(cases())
def test_stages_of_the_hunt_are_in_order_of_time_and_come_after_the_release(inputs: CaseInputs) -> None:
    stages = derive(inputs).stages
    dated = [stage.when.at for stage in stages if stage.when]
    assert dated == sorted(dated)
    assert [stage.when is not None for stage in stages] == sorted(stage.when is not None for stage in stages)


@given(cases())
def test_a_seen_edge_into_the_hunt_rests_on_a_lead_of_both_ends(inputs: CaseInputs) -> None:
    result = derive(inputs)
    by_id = {stage.id: stage for stage in result.stages}
    leads = {lead.id for lead in inputs.vets[0].leads}
    for edge in result.edges:
        source, target = by_id[edge.source], by_id[edge.target]
        if source.when is None and target.when is not None and edge.certainty is Certainty.SEEN:
            assert edge.evidence
            assert set(edge.evidence) <= leads & set(source.outputs) & set(target.inputs)


@given(cases())
def test_neighbours_in_the_hunt_always_have_an_edge_and_a_gap_is_always_said(inputs: CaseInputs) -> None:
    result = derive(inputs)
    ends = {(edge.source, edge.target) for edge in result.edges}
    hunted = [stage.id for stage in result.stages if stage.when]
    assert all(pair in ends for pair in pairwise(hunted))
    said = {gap.between for gap in result.gaps}
    assert {(edge.source, edge.target) for edge in result.edges if edge.certainty is Certainty.GAP} <= said


@given(cases())
def test_ids_are_unique_and_time_runs_forward(inputs: CaseInputs) -> None:
    result = derive(inputs)
    for things in (result.stages, result.edges, result.timeline, result.gaps):
        assert len({one.id for one in things}) == len(things)
    for first, second in pairwise(result.timeline):
        assert not surely_before(second.when, first.when)


@given(cases())
def test_the_order_in_the_documents_is_no_matter(inputs: CaseInputs) -> None:
    vet, hunt = inputs.vets[0], inputs.hunts[0]
    change = msgspec.structs.replace
    turned = change(
        inputs,
        vets=(change(vet, findings=vet.findings[::-1], leads=vet.leads[::-1]),),
        hunts=(change(hunt, sightings=hunt.sightings[::-1]),),
    )
    assert derive(turned) == derive(inputs)


@settings(max_examples=50)
@given(cases())
def test_any_case_is_written_and_read_as_json_and_as_stix(inputs: CaseInputs) -> None:
    result = derive(inputs)
    assert msgspec.json.decode(msgspec.json.encode(result), type=CaseResult) == result
    bundle = to_stix(inputs, result)
    assert stix.read(stix.write(bundle), "case") == stix.ReadBundle(bundle=bundle, passed_over=(), problems=())
