"""What vet hands to other tools: indicators only of what discriminates, valid STIX, and leads again when read."""

from __future__ import annotations

import json

import page_kit
from stix2validator import ValidationOptions, validate_string

from unrig.exchange import stix, stix_indicators
from unrig.exchange.leads import read_leads
from unrig.model.lead import HashLead, NetworkNameLead
from unrig.model.results import VetResult


def test_only_what_discriminates_becomes_an_indicator() -> None:
    bundle = json.loads(stix_indicators.encode(page_kit.vet()))
    patterns = [one["pattern"] for one in bundle["objects"] if one["type"] == "indicator"]
    assert sorted(patterns) == ["[domain-name:value = 'plain']", f"[file:hashes.'SHA-256' = '{page_kit.BAD}']"]


def test_hunt_reads_the_leads_back(rigged: VetResult) -> None:
    loaded = read_leads(stix_indicators.encode(rigged), "r.stix.json")
    assert loaded.problems == ()
    sent = {lead.identity.sha256 for lead in rigged.leads if isinstance(lead, HashLead)}
    assert {lead.identity.sha256 for lead in loaded.leads if isinstance(lead, HashLead)} == sent != set()


def test_a_name_with_quotes_is_quoted() -> None:
    loaded = read_leads(stix_indicators.encode(page_kit.vet("it's \\ here")), "x")
    assert [lead.suffix for lead in loaded.leads if isinstance(lead, NetworkNameLead)] == ["it's \\ here"]


def test_an_indicator_says_why_and_by_which_technique(rigged: VetResult) -> None:
    read = stix.read(stix_indicators.encode(rigged), "x")
    assert read.problems == ()
    by_id = {one.id: one for one in read.bundle.objects}
    related = [one for one in by_id.values() if isinstance(one, stix.Relationship)]
    assert related
    for one in related:
        assert isinstance(by_id[one.source_ref], stix.Indicator)
        target = by_id[one.target_ref]
        assert isinstance(target, stix.AttackPattern)
        assert target.external_references[0].external_id in {t for f in rigged.findings for t in f.techniques}
    indicators = [one for one in by_id.values() if isinstance(one, stix.Indicator)]
    assert all(one.description for one in indicators)


def test_the_reference_validator_agrees(rigged: VetResult) -> None:
    checked = validate_string(stix_indicators.encode(rigged).decode(), ValidationOptions(version="2.1"))
    assert checked.is_valid, [error.message for error in checked.errors]


def test_the_same_result_gives_the_same_objects(rigged: VetResult) -> None:
    assert stix_indicators.encode(rigged) == stix_indicators.encode(rigged)
