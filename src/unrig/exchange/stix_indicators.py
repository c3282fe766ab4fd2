"""What vet found as a STIX 2.1 bundle: indicators for other tools to look for, and the techniques they speak of.

Only keys that discriminate become indicators: a rigged file keeps its name and its Authenticode hash, and whoever
looked for those would find the genuine file. `unrig hunt --leads` reads the bundle back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypedDict

from unrig.data import attack
from unrig.exchange import stix
from unrig.exchange.stix import ExternalReference, KillChainPhase, StixObject
from unrig.model.finding import Finding
from unrig.model.identity import discriminating_keys
from unrig.model.lead import FileNameLead, HashLead, Lead, NetworkNameLead
from unrig.model.results import VetResult

FILE_PATHS = {"sha256": "file:hashes.'SHA-256'", "name": "file:name"}
"""Keys of an identity that STIX patterns have a property for; the others stay with unrig's own documents."""


class _Common(TypedDict):
    id: str
    spec_version: str
    created: str
    modified: str
    created_by_ref: str


def encode(result: VetResult) -> bytes:
    """Return the bundle as JSON: the same result gives the same objects, a later run newer versions of them."""
    return stix.write(_bundle(result))


def _bundle(result: VetResult) -> stix.Bundle:
    objects: list[StixObject] = [_producer(result)]
    for lead in result.leads:
        objects += _indicators(result, lead)
    wanted = {technique for finding in result.findings for technique in finding.techniques}
    objects += (_technique(result, known) for known in filter(None, map(attack.current, sorted(wanted))))
    return stix.bundle([*objects, _report(result, objects)])


def _common(result: VetResult, kind: str, *keys: str) -> _Common:
    at = stix.version(result.generated_at)
    return _Common(
        id=stix.own_id(kind, *keys),
        spec_version="2.1",
        created=at,
        modified=at,
        created_by_ref=stix.own_id("identity", "unrig"),
    )


def _producer(result: VetResult) -> stix.Identity:
    at = stix.version(result.generated_at)
    me = stix.own_id("identity", "unrig")
    return stix.Identity(id=me, spec_version="2.1", created=at, modified=at, name="unrig", identity_class="system")


def _indicators(result: VetResult, lead: Lead) -> Iterator[StixObject]:
    by_id = {finding.id: finding for finding in result.findings}
    shown = [by_id[key] for key in lead.findings if key in by_id]
    for path, value, name in _patterns(lead):
        indicator = stix.Indicator(
            **_common(result, "indicator", lead.id, path),
            name=name or value,
            description="; ".join(dict.fromkeys(finding.title for finding in shown)),
            indicator_types=("malicious-activity",),
            pattern=stix.equality(path, value),
            pattern_type="stix",
            valid_from=lead.window.since or result.generated_at,
            valid_until=lead.window.until,
        )
        yield indicator
        yield from _indicated(result, indicator.id, shown)


def _patterns(lead: Lead) -> Iterator[tuple[str, str, str]]:
    """Yield STIX path, value and name of each pattern; nothing for leads that no STIX property can hold."""
    match lead:
        case HashLead(identity=identity):
            for key, value in discriminating_keys(identity).items():
                if key in FILE_PATHS:
                    yield FILE_PATHS[key], value, identity.name
        case NetworkNameLead(suffix=suffix):
            yield "domain-name:value", suffix, suffix
        case FileNameLead(name=name):
            yield "file:name", name, name
        case _:
            return


def _indicated(result: VetResult, indicator: str, shown: list[Finding]) -> Iterator[stix.Relationship]:
    techniques = {technique for finding in shown for technique in finding.techniques}
    for known in filter(None, map(attack.current, sorted(techniques))):
        target = stix.own_id("attack-pattern", known.id)
        yield stix.Relationship(
            **_common(result, "relationship", indicator, "indicates", target),
            relationship_type="indicates",
            source_ref=indicator,
            target_ref=target,
        )


def _technique(result: VetResult, known: attack.Technique) -> stix.AttackPattern:
    url = f"https://attack.mitre.org/techniques/{known.id.replace('.', '/')}"
    return stix.AttackPattern(
        **_common(result, "attack-pattern", known.id),
        name=known.name,
        kill_chain_phases=tuple(
            KillChainPhase(kill_chain_name="mitre-attack", phase_name=one) for one in known.tactics
        ),
        external_references=(ExternalReference(source_name="mitre-attack", external_id=known.id, url=url),),
    )


def _report(result: VetResult, objects: list[StixObject]) -> stix.Report:
    release = result.release
    named = " ".join(part for part in (release.name, release.version, release.platform) if part)
    return stix.Report(
        **_common(result, "report", release.sha256),
        name=f"{result.verdict}: {named}",
        description="; ".join(result.because),
        report_types=("malware",),
        published=result.generated_at,
        object_refs=tuple(sorted({one.id for one in objects})),
    )
