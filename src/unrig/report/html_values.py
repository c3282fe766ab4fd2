"""Single values as the pages say them: places, exposures, sightings by device, blind spots."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from unrig.model.coverage import NotEvaluated
from unrig.model.exposure import Affected, Exposure, Fixed, NotAffected, UnderInvestigation
from unrig.model.finding import Finding
from unrig.model.place import EventRef, Evidence, Key, Range
from unrig.model.results import HuntResult
from unrig.model.telemetry import Observability, Seen, Sighting


class Blind(Struct, frozen=True, kw_only=True):
    """What a hunt could not have seen, and on how many devices."""

    of: str
    why: str
    remedy: str
    devices: int


class Silent(Struct, frozen=True, kw_only=True):
    """Rules or analytics that had nothing to judge by, and why."""

    reason: str
    rules: tuple[str, ...]


def silent(entries: Iterable[NotEvaluated]) -> tuple[Silent, ...]:
    """Return what was not evaluated, by reason."""
    by_reason: dict[str, list[str]] = {}
    for entry in entries:
        by_reason.setdefault(entry.reason, []).append(entry.rule)
    return tuple(Silent(reason=reason, rules=tuple(rules)) for reason, rules in sorted(by_reason.items()))


def counted(number: int, word: str) -> str:
    """Return `1 part`, `2 parts`, `1,200 parts`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def place(evidence: Evidence, finding: Finding) -> str:
    """Return where a proof stands, as a person would look it up."""
    paths = {ref.id: ref.path for ref in finding.artifacts}
    match evidence.place:
        case Range(artifact=artifact, offset=offset, length=length):
            return f"{paths.get(artifact, artifact)} at 0x{offset:x}, {length:,} bytes"
        case Key(artifact=artifact, key=key):
            return f"{paths.get(artifact, artifact)}{f': {key}' if key else ''}"
        case EventRef(source=source, record=record):
            return f"{source} record {record}"


def seen_on(result: HuntResult) -> dict[str, list[Sighting]]:
    """Return the sightings by device: those of the highest score first, each in order of time."""
    by_device: dict[str, list[Sighting]] = {}
    for sighting in sorted(result.sightings, key=lambda one: (one.first, one.id)):
        by_device.setdefault(sighting.device, []).append(sighting)
    scores = {one.device: one.score for one in result.devices}
    return {name: by_device[name] for name in sorted(by_device, key=lambda name: (-scores.get(name, 0), name))}


def blind_spots(observability: tuple[Observability, ...]) -> list[Blind]:
    """Return what could not have been seen, grouped by reason, the widest first."""
    groups: dict[tuple[str, str, str], int] = {}
    for entry in observability:
        if entry.state is Seen.NOT_OBSERVABLE:
            key = (entry.of, entry.why, entry.remedy)
            groups[key] = groups.get(key, 0) + 1
    ranked = sorted(groups.items(), key=lambda item: (-item[1], item[0]))
    return [Blind(of=of, why=why, remedy=remedy, devices=count) for (of, why, remedy), count in ranked]


def exposure_word(exposure: Exposure) -> str:
    """Return the answer with what makes it true."""
    match exposure:
        case Affected(action=action):
            return f"affected: {action}"
        case NotAffected(justification=justification):
            return f"not affected: {justification.replace('_', ' ')}"
        case Fixed(by=by):
            return f"fixed, by {by[:16]}"
        case UnderInvestigation(missing=missing):
            return f"under investigation: the inventory lacks {', '.join(missing)}"
