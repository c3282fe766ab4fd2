"""Leads: only what discriminates leaves, each with the findings that caused it."""

from __future__ import annotations

import datetime as dt

import msgspec
from findings_kit import RELEASE, at, finding, signed, view

from unrig.model.finding import Finding
from unrig.model.identity import Signer
from unrig.model.lead import HashLead, Lead, ManifestLead
from unrig.model.levels import Answer, Confidence, Severity
from unrig.model.rule import ArtifactView
from unrig.model.signature import Signature, SignatureFacts, TimeStamp
from unrig.vet.discriminating import identities
from unrig.vet.leads import leads_of

HASH = {"authenticode_hash": {"sha256": "aa"}, "name": "runtime.dll"}
OUTER = view("drill-1.2.zip")
CARRIER = view("drill-1.2.zip!/app/runtime.dll", "rigged", signed(), identity=HASH)
GOOD = view("old.zip!/app/runtime.dll", "genuine", signed(), identity=HASH)
READER = view("drill-1.2.zip!/app/codec.dll", "reader", signed(), identity={"name": "codec.dll"})
PADDING = finding(at(CARRIER, 1200), about=(CARRIER,), severity=Severity.CRITICAL)
PAIR = finding(at(READER, 1), at(CARRIER, 1200), about=(READER, CARRIER), rule="pair", confidence=Confidence.MEDIUM)


def leads(*findings: Finding, views: tuple[ArtifactView, ...] = (OUTER, CARRIER, READER)) -> tuple[Lead, ...]:
    return leads_of(RELEASE, views, identities(views, (GOOD,), findings), findings)


def hashes(found: tuple[Lead, ...]) -> dict[str, HashLead]:
    return {lead.identity.sha256: lead for lead in found if isinstance(lead, HashLead)}


def test_the_carrier_and_what_contains_it_are_leads_the_reader_is_none() -> None:
    found = hashes(leads(PADDING, PAIR))
    assert set(found) == {CARRIER.artifact.sha256, OUTER.artifact.sha256}
    carrier = found[CARRIER.artifact.sha256].identity.discriminates
    assert carrier["sha256"] is Answer.YES
    assert carrier["authenticode_hash.sha256"] is carrier["name"] is Answer.NO


def test_a_lead_names_the_findings_that_caused_it() -> None:
    found = hashes(leads(PADDING, PAIR))
    assert set(found[CARRIER.artifact.sha256].findings) == {PADDING.id, PAIR.id}
    assert found[OUTER.artifact.sha256].findings == found[CARRIER.artifact.sha256].findings
    assert found[CARRIER.artifact.sha256].techniques == ("T1027.009",)


def test_without_findings_there_is_the_manifest_alone() -> None:
    (manifest,) = leads()
    assert isinstance(manifest, ManifestLead)
    assert manifest.rigged == manifest.findings == ()
    assert (manifest.product, manifest.version) == ("drill", "1.2")


def test_the_manifest_lists_what_can_be_loaded_and_which_of_it_is_rigged() -> None:
    text = view("drill-1.2.zip!/readme.txt")
    text = msgspec.structs.replace(text, artifact=msgspec.structs.replace(text.artifact, format="text"))
    *_, manifest = leads(PADDING, views=(CARRIER, READER, text))
    assert isinstance(manifest, ManifestLead)
    assert [entry.path for entry in manifest.entries] == ["app/runtime.dll", "app/codec.dll"]
    assert manifest.rigged == (CARRIER.artifact.sha256,)
    assert manifest.findings == (PADDING.id,)


def test_a_release_of_texts_has_no_manifest() -> None:
    text = msgspec.structs.replace(OUTER, artifact=msgspec.structs.replace(OUTER.artifact, format="text"))
    assert leads(views=(text,)) == ()


def test_the_same_bytes_at_two_paths_are_one_lead() -> None:
    copy = view("drill-1.2.zip!/old/runtime.dll", "rigged", signed(), identity=HASH)
    views = (CARRIER, copy)
    found = [lead for lead in leads(PADDING, views=views) if isinstance(lead, HashLead)]
    assert [lead.identity.sha256 for lead in found] == [CARRIER.artifact.sha256]
    assert found[0].findings == (PADDING.id,)


def test_a_container_is_about_its_members_only() -> None:
    beside = view("drill-1.2.zip.sig", "beside", signed())
    found = hashes(leads(PADDING, views=(beside, CARRIER)))
    assert beside.artifact.sha256 not in found


def test_ids_stay_the_same_and_order_is_fixed() -> None:
    forward, back = leads(PADDING, PAIR), leads(PAIR, PADDING, views=(READER, CARRIER, OUTER))
    assert [lead.id for lead in forward] == [lead.id for lead in back]
    assert [lead.id for lead in forward[:-1]] == sorted(lead.id for lead in forward[:-1])


def _stamped(*moments: int, verified: bool = True) -> SignatureFacts:
    stamps = tuple(TimeStamp(kind="rfc3161", at=at, signer=Signer(subject="CN=T"), verified=verified) for at in moments)
    signature = Signature(
        entry=0,
        depth=0,
        algorithm="sha256",
        digest_declared="",
        digest_computed="",
        signature_valid=True,
        signer=None,
        timestamps=stamps,
    )
    return SignatureFacts(signatures=(signature,))


def test_the_window_opens_at_the_latest_verified_time_stamp_and_has_no_clock() -> None:
    early, late = view("a.dll", "", _stamped(1_600_000_000)), view("b.dll", "", _stamped(1_650_000_000))
    forged = view("c.dll", "", _stamped(1_999_999_999, verified=False))
    (manifest,) = leads(views=(early, late, forged))
    assert manifest.window.since == dt.datetime.fromtimestamp(1_650_000_000, dt.UTC)
    assert manifest.window.until is None
    (unsigned,) = leads(views=(READER,))
    assert unsigned.window.since is None
