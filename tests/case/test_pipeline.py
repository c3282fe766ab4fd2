"""The case as derived: the chain of evidence holds by id, time is in order, what is missing is said."""

import datetime as dt
from itertools import pairwise
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.case.inputs import CaseInputs
from unrig.case.pipeline import derive
from unrig.case.timeline import order
from unrig.data import claims as public_claims
from unrig.exchange import claims_toml
from unrig.model import moment_text
from unrig.model.case import Certainty, Stage, TimelineEntry
from unrig.model.exposure import Affected
from unrig.model.identity import Identity
from unrig.model.levels import Severity
from unrig.model.moment import Basis, Moment, Precision, interval, surely_before
from unrig.model.results import CaseResult, ScopeResult
from unrig.model.telemetry import Observability, Seen, Triage

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
PUBLIC = claims_toml.parse(public_claims.load("3cx"), "3cx")
change = msgspec.structs.replace


def stage(result: CaseResult, title: str) -> Stage:
    (found,) = [one for one in result.stages if one.title.startswith(title)]
    return found


def tie(result: CaseResult, source: str, target: str) -> Certainty | None:
    ends = stage(result, source).id, stage(result, target).id
    return next((edge.certainty for edge in result.edges if (edge.source, edge.target) == ends), None)


def test_finding_lead_and_sighting_are_one_chain_by_id(incident: CaseInputs) -> None:
    result = derive(incident)
    padding, load = stage(result, "In the release: T1027.009"), stage(result, "On devices: load")
    assert padding.evidence == ("f-padding",)
    assert padding.inputs == ("artifact-carrier",)
    assert padding.outputs == ("lead-hash",) == load.inputs
    assert load.outputs == load.evidence == ("s-load-1", "s-load-2")
    (edge,) = [one for one in result.edges if (one.source, one.target) == (padding.id, load.id)]
    assert edge.certainty is Certainty.SEEN
    assert edge.evidence == ("lead-hash",)


def test_every_id_in_the_case_is_the_id_of_something(incident: CaseInputs) -> None:
    result = derive(change(incident, claims=PUBLIC.claims))
    known = {one.id for vet in incident.vets for one in (*vet.findings, *vet.leads)}
    known |= {artifact.id for vet in incident.vets for finding in vet.findings for artifact in finding.artifacts}
    known |= {one.id for hunt in incident.hunts for one in hunt.sightings} | {one.id for one in PUBLIC.claims}
    for found in result.stages:
        assert {*found.inputs, *found.outputs, *found.evidence} <= known
    for edge in result.edges:
        assert {edge.source, edge.target} <= {one.id for one in result.stages}
        assert {*edge.evidence} <= known
    for entry in result.timeline:
        assert {*entry.evidence} <= known


def test_a_low_or_waived_finding_makes_no_stage(incident: CaseInputs) -> None:
    techniques = [one.technique for one in derive(incident).stages]
    assert techniques == ["T1574.001", "T1027.009", "T1574.001", "T1102.001"]
    waived = tuple(change(one, waived="known") for one in incident.vets[0].findings)
    result = derive(change(incident, vets=(change(incident.vets[0], findings=waived),)))
    assert [one.title[:10] for one in result.stages] == ["On devices", "On devices"]


def test_a_retired_technique_is_followed_to_the_one_of_today(incident: CaseInputs) -> None:
    old = change(incident.vets[0].findings[1], techniques=("T1574.002",))
    result = derive(change(incident, vets=(change(incident.vets[0], findings=(old,)),)))
    assert stage(result, "In the release").technique == "T1574.001"


def test_one_process_on_one_device_ties_two_stages(incident: CaseInputs) -> None:
    assert tie(derive(incident), "On devices: load", "On devices: dead drop") is Certainty.SEEN


@pytest.mark.parametrize(
    ("device", "process", "expected"),
    [
        ("pc-1", "other", Certainty.INFERRED),
        ("pc-1", "", Certainty.INFERRED),
        ("pc-9", "app-1", Certainty.GAP),
        ("", "app-1", Certainty.GAP),
    ],
)
def test_less_in_common_ties_less(incident: CaseInputs, device: str, process: str, expected: Certainty) -> None:
    seen = tuple(
        change(one, device=device, process=process) if one.stage == "dead_drop" else one
        for one in incident.hunts[0].sightings
    )
    result = derive(change(incident, hunts=(change(incident.hunts[0], sightings=seen),)))
    assert tie(result, "On devices: load", "On devices: dead drop") is expected
    missing = [gap for gap in result.gaps if gap.missing.startswith("what ties these")]
    assert len(missing) == (expected is Certainty.GAP)


def test_sightings_of_no_known_device_have_nothing_in_common(incident: CaseInputs) -> None:
    seen = tuple(change(one, device="", process="app") for one in incident.hunts[0].sightings)
    result = derive(change(incident, hunts=(change(incident.hunts[0], sightings=seen),)))
    assert tie(result, "On devices: load", "On devices: dead drop") is Certainty.GAP


def test_what_came_later_on_a_device_does_not_tie_what_was_there_before(incident: CaseInputs) -> None:
    load, *_, beacon, _ = incident.hunts[0].sightings
    other = change(load, id="s-other", device="pc-8", first=load.first - dt.timedelta(days=1))
    late = change(load, first=beacon.first + dt.timedelta(hours=1), last=beacon.last + dt.timedelta(hours=1))
    result = derive(change(incident, hunts=(change(incident.hunts[0], sightings=(other, beacon, late)),)))
    assert tie(result, "On devices: load", "On devices: dead drop") is Certainty.GAP


def test_a_benign_sighting_is_no_stage(incident: CaseInputs) -> None:
    benign = Triage(state="benign", reason="an administrator's test", owner="me")
    seen = tuple(change(one, triage=benign) for one in incident.hunts[0].sightings)
    result = derive(change(incident, hunts=(change(incident.hunts[0], sightings=seen),)))
    assert all(one.title.startswith("In the release") for one in result.stages)
    assert any("hunted and shows nothing" in gap.missing for gap in result.gaps)


def test_a_release_alone_says_that_nothing_was_hunted(incident: CaseInputs) -> None:
    missing = [gap.missing for gap in derive(change(incident, hunts=())).gaps]
    assert any("no telemetry was hunted" in one for one in missing)
    assert any("how the change came into the release" in one for one in missing)


def test_a_lead_from_elsewhere_is_a_gap_towards_its_release(incident: CaseInputs) -> None:
    result = derive(change(incident, vets=()))
    assert [gap.between for gap in result.gaps if "no vet result" in gap.missing] == [
        ("release", "lead-hash"),
        ("release", "lead-read"),
    ]


def test_what_no_source_could_show_is_a_gap_with_its_remedy(incident: CaseInputs) -> None:
    blind = Observability(of="beacon", device="*", state=Seen.NOT_OBSERVABLE, why="no proxy log", remedy="a proxy log")
    result = derive(change(incident, hunts=(change(incident.hunts[0], observability=(blind,)),)))
    assert [gap.missing for gap in result.gaps if gap.between == ("beacon", "*")] == [
        "not observable: no proxy log; a proxy log would show it"
    ]


def test_claims_say_what_came_before_but_only_as_inferred(incident: CaseInputs) -> None:
    result = derive(change(incident, claims=PUBLIC.claims))
    first = result.stages[0]
    assert first.title.startswith("Before the release, as said: a trojanised installer")
    assert "mandiant-vector" in first.evidence
    assert [edge.certainty for edge in result.edges if edge.source == first.id] == [Certainty.INFERRED]
    assert not any("how the change came" in gap.missing for gap in result.gaps)


def test_claims_of_absence_change_no_stage_and_make_no_exposure(incident: CaseInputs) -> None:
    absent = [one for one in PUBLIC.claims if one.relation == "absent"]
    assert absent
    with_them, without = derive(change(incident, claims=tuple(absent))), derive(incident)
    assert (with_them.stages, with_them.edges, with_them.gaps) == (without.stages, without.edges, without.gaps)
    assert b"not_affected" not in msgspec.json.encode(with_them)


def test_hypotheses_and_names_come_through(incident: CaseInputs) -> None:
    result = derive(change(incident, claims=PUBLIC.claims, names=PUBLIC.names, hypotheses=PUBLIC.hypotheses))
    assert {one.id for one in result.hypotheses} == {one.id for one in PUBLIC.hypotheses}
    assert {one.id for one in result.names} == {one.id for one in PUBLIC.names}
    assert any("microsoft:Citrine Sleet" in gap.missing for gap in result.gaps)


def test_a_dated_claim_stands_at_its_date_and_at_when_it_was_said(incident: CaseInputs) -> None:
    entries = [
        one for one in derive(change(incident, claims=PUBLIC.claims)).timeline if "sentinelone-first" in one.evidence
    ]
    assert [moment_text.write(one.when) for one in entries] == ["2023-03-08", "2023-03-31"]
    counted = [
        one for one in derive(change(incident, claims=PUBLIC.claims)).timeline if "huntress-exposed" in one.evidence
    ]
    assert [moment_text.write(one.when) for one in counted] == ["2023-03-30"]


def test_sightings_exposures_and_release_dates_are_on_the_timeline(incident: CaseInputs) -> None:
    since = Moment(at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), precision=Precision.DAY, basis=Basis.SERVER)
    exposure = Affected(
        id="x",
        identity=Identity(),
        devices=2,
        denominator=9,
        matched_by=("sha256",),
        since=since,
        reason="r",
        action="a",
    )
    scope = ScopeResult(
        generated_at=incident.generated_at, unrig_version="0.1.0", complete=True, because=(), exposures=(exposure,)
    )
    what = [one.what for one in derive(change(incident, scopes=(scope,))).timeline]
    assert what == [
        "2 devices known to have it since: r",
        "The release is dated no earlier than this",
        "First seen: Title of lead-hash, on pc-1",
        "Last seen: Title of lead-hash, on pc-2 (2 devices in all)",
        "First seen: Title of beacon, on pc-1",
        "Last seen: Title of beacon, on pc-3 (2 devices in all)",
    ]


def test_what_only_shows_the_product_dates_neither_the_release_nor_a_stage(incident: CaseInputs) -> None:
    (hunt,) = incident.hunts
    early = change(
        hunt.sightings[0], id="s-mild", first=START, last=START, severity=Severity.INFO, detail="another version"
    )
    result = derive(change(incident, hunts=(change(hunt, sightings=(early, *hunt.sightings)),)))
    told = [one.what for one in result.timeline if one.evidence == ("s-mild",)]
    assert told == ["First seen: Title of lead-hash: another version, on pc-1"]
    assert "First seen: Title of lead-hash, on pc-1" in [one.what for one in result.timeline]
    load = stage(result, "On devices: load")
    assert load.when is not None
    assert (load.when.at, "s-mild" in load.evidence) == (hunt.sightings[0].first, False)


def test_two_files_at_one_moment_are_two_lines_that_name_them_and_two_leads_of_one_file_are_one(
    incident: CaseInputs,
) -> None:
    (hunt,) = incident.hunts
    seen = hunt.sightings[0]
    both = (
        change(seen, id="s-a", detail="c:\\users\\ann\\app\\carrier.dll"),
        change(seen, id="s-b", of="lead-read", title="Read", detail="/home/ann/app/reader.dll"),
        change(seen, id="s-c", of="lead-more", title="The release", detail="c:\\users\\ann\\app\\carrier.dll"),
    )
    result = derive(change(incident, hunts=(change(hunt, sightings=both),)))
    said = {one.what: one.evidence for one in result.timeline if one.what.startswith("First")}
    assert said == {
        "First seen: Read: reader.dll, on pc-1": ("s-b",),
        "First seen: The release; Title of lead-hash: carrier.dll, on pc-1": ("s-a", "s-c"),
    }


MOMENTS = st.builds(
    moment_text.parse,
    st.sampled_from(
        [
            "2022",
            "2023",
            "2023-Q1",
            "2023-Q2",
            "2023-03",
            "2023-04",
            "2023-03-29",
            "2023-03-29T02Z",
            "2023-03-29T02:27Z",
        ]
    ),
)
ENTRIES = st.builds(
    TimelineEntry,
    id=st.uuids().map(str),
    when=MOMENTS,
    what=st.sampled_from("ab"),
    evidence=st.just(()),
    source=st.just(""),
)


@given(st.lists(ENTRIES, max_size=8), st.randoms())
def test_the_order_of_time_is_stable_and_never_contradicts_what_surely_was_before(
    entries: list[TimelineEntry], random: Random
) -> None:
    in_order = sorted(entries, key=order)
    shuffled = list(entries)
    random.shuffle(shuffled)
    assert sorted(shuffled, key=order) == in_order
    for first, second in pairwise(in_order):
        assert not surely_before(second.when, first.when)
        assert interval(first.when)[0] <= interval(second.when)[0]


def test_the_order_of_the_inputs_is_no_matter(incident: CaseInputs) -> None:
    parts = change(incident, claims=PUBLIC.claims, names=PUBLIC.names, hypotheses=PUBLIC.hypotheses)
    vet, hunt = parts.vets[0], parts.hunts[0]
    split = change(
        parts,
        vets=(change(vet, findings=vet.findings[::-1], leads=vet.leads[:1]), change(vet, leads=vet.leads[1:])),
        hunts=(change(hunt, sightings=hunt.sightings[2:][::-1]), change(hunt, sightings=hunt.sightings[:2])),
        claims=parts.claims[::-1],
        names=parts.names[::-1] + parts.names,
        hypotheses=parts.hypotheses[::-1],
    )
    whole = derive(parts)
    assert change(derive(split), stats=whole.stats) == whole


def test_deriving_twice_gives_the_same_bytes(incident: CaseInputs) -> None:
    parts = change(incident, claims=PUBLIC.claims, names=PUBLIC.names)
    assert msgspec.json.encode(derive(parts)) == msgspec.json.encode(derive(parts))
    assert msgspec.json.decode(msgspec.json.encode(derive(parts)), type=CaseResult) == derive(parts)


def test_an_empty_case_is_a_case(incident: CaseInputs) -> None:
    result = derive(change(incident, vets=(), hunts=()))
    assert (result.stages, result.edges, result.timeline, result.gaps) == ((), (), (), ())
