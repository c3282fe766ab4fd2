"""What a hunt saw as a STIX 2.1 bundle: one sighting each, of its technique, on a device (section 5.2).

A sighting that a person called benign is left out; what the hunt could not see has no object in STIX.
"""

from __future__ import annotations

from typing import TypedDict

from unrig.data import attack
from unrig.exchange import stix
from unrig.exchange.stix import ExternalReference, KillChainPhase, StixObject
from unrig.model.results import HuntResult
from unrig.model.telemetry import Sighting

ANY_TECHNIQUE = "T1195.002"
"""Compromise Software Supply Chain: what a sighting is of that names no technique of the pinned ATT&CK."""
PRODUCER = "unrig"


class _Common(TypedDict):
    id: str
    spec_version: str
    created: str
    modified: str
    created_by_ref: str


def encode(result: HuntResult) -> bytes:
    """Return the bundle as JSON: the same sightings get the same identifiers in every run."""
    seen = [each for each in result.sightings if each.triage.state != "benign"]
    objects: list[StixObject] = [_producer(result)]
    objects += (_technique(result, name) for name in sorted({_technique_of(each) for each in seen}))
    objects += (_device(result, name) for name in sorted({each.device for each in seen}))
    objects += (_sighting(result, each) for each in seen)
    return stix.write(stix.bundle(objects))


def _common(result: HuntResult, kind: str, *keys: str) -> _Common:
    at = stix.version(result.generated_at)
    me = stix.own_id("identity", PRODUCER)
    return _Common(id=stix.own_id(kind, *keys), spec_version="2.1", created=at, modified=at, created_by_ref=me)


def _producer(result: HuntResult) -> stix.Identity:
    return stix.Identity(**_common(result, "identity", PRODUCER), name=PRODUCER, identity_class="system")


def _device(result: HuntResult, name: str) -> stix.Identity:
    return stix.Identity(**_common(result, "identity", "device", name), name=name or "unknown", identity_class="system")


def _technique_of(sighting: Sighting) -> str:
    known = (attack.current(name) for name in sighting.techniques)
    return next((each.id for each in known if each), ANY_TECHNIQUE)


def _technique(result: HuntResult, name: str) -> stix.AttackPattern:
    known = attack.current(name)
    phases = known.tactics if known else ()
    return stix.AttackPattern(
        **_common(result, "attack-pattern", name),
        name=known.name if known else name,
        kill_chain_phases=tuple(KillChainPhase(kill_chain_name="mitre-attack", phase_name=each) for each in phases),
        external_references=(ExternalReference(source_name="mitre-attack", external_id=name),),
    )


def _sighting(result: HuntResult, each: Sighting) -> stix.Sighting:
    return stix.Sighting(
        **_common(result, "sighting", each.id),
        sighting_of_ref=stix.own_id("attack-pattern", _technique_of(each)),
        first_seen=each.first,
        last_seen=each.last,
        count=each.count,
        where_sighted_refs=(stix.own_id("identity", "device", each.device),),
        description=f"{each.severity}: {each.title}: {each.detail} ({each.process})",
    )
