"""Marks of a hunt: each stage on each device, what could not be seen, and what was said that did not happen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import structs

from unrig.drill.build.truth import HuntTruth, Line, StageTruth
from unrig.drill.mark import Mark
from unrig.model.levels import Severity, severity_rank
from unrig.model.results import HuntResult
from unrig.model.telemetry import Seen, Sighting

Refs = Mapping[tuple[str, int], frozenset[tuple[str, str]]]
"""By log and line: on which device, and by which analytic or lead, the event was seen."""


def hunt_marks(truth: HuntTruth, hunt: HuntResult, twin: HuntResult | None) -> tuple[Mark, ...]:
    """Return one mark for each stage, for the blind spots, and for the calm of either fleet."""
    marks = (*_stages(truth, hunt), _blind(truth, hunt), _alarms("no alarm but for the incident", truth, hunt))
    if twin is None:
        return marks
    return (*marks, _alarms("no alarm on the twin fleet", structs.replace(truth, stages=()), twin))


def _stages(truth: HuntTruth, hunt: HuntResult) -> tuple[Mark, ...]:
    told, names = _refs(hunt), _names(truth)
    return tuple(
        _stage(name, [each for each in truth.stages if each.stage == name and each.lines], told, names)
        for name in dict.fromkeys(stage.stage for stage in truth.stages)
    )


def _stage(name: str, observable: Sequence[StageTruth], told: Refs, names: Mapping[str, frozenset[str]]) -> Mark:
    missed = [each for each in observable if not _seen_by(each, told, names)]
    return Mark(
        question=f"{name.replace('_', ' ')} seen",
        found=len(observable) - len(missed),
        of=len(observable),
        notes=tuple(f"{each.device}: {each.what} at {each.first:%F %R}" for each in missed),
    )


def _names(truth: HuntTruth) -> dict[str, frozenset[str]]:
    """Return by device all that a sensor may call it."""
    return {device.id: frozenset({device.id, *device.addresses}) for device in truth.devices}


def _refs(hunt: HuntResult) -> Refs:
    paths = {source.id: source.path.rsplit("/", 1)[-1] for source in hunt.sources}
    found: dict[tuple[str, int], frozenset[tuple[str, str]]] = {}
    for sighting in hunt.sightings:
        for row in sighting.rows:
            key = (paths.get(row.source, row.source), row.record)
            found[key] = found.get(key, frozenset()) | {(sighting.device, sighting.of)}
    return found


def _key(line: Line) -> tuple[str, int]:
    return line.file.rsplit("/", 1)[-1], line.record


def _seen_by(stage: StageTruth, told: Refs, names: Mapping[str, frozenset[str]]) -> set[str]:
    """Return what saw one of the stage's events on its device."""
    seen = (each for line in (*stage.lines, *stage.fitting) for each in told.get(_key(line), ()))
    return {of for device, of in seen if device in names[stage.device]}


def _blind(truth: HuntTruth, hunt: HuntResult) -> Mark:
    """Mark what no log can show: whoever sees that stage elsewhere must say that it could not be seen here."""
    told, names = _refs(hunt), _names(truth)
    unseen = [each for each in truth.stages if not each.lines]
    blind = {(each.of, each.device) for each in hunt.observability if each.state is Seen.NOT_OBSERVABLE}
    seers: dict[str, set[str]] = {}
    for stage in truth.stages:
        seers.setdefault(stage.stage, set()).update(_seen_by(stage, told, names))
    silent = [
        each
        for each in unseen
        if not any((of, name) in blind for of in seers[each.stage] for name in names[each.device])
    ]
    return Mark(
        question="blind spots told",
        found=len(unseen) - len(silent),
        of=len(unseen),
        notes=tuple(f"{each.device}: {each.stage} could not be seen ({each.why_not})" for each in silent),
    )


def _alarms(question: str, truth: HuntTruth, hunt: HuntResult) -> Mark:
    """Mark the devices on which nothing was said that did not happen."""
    paths = {source.id: source.path.rsplit("/", 1)[-1] for source in hunt.sources}
    names = _names(truth)
    lines = {
        (name, *_key(line))
        for each in truth.stages
        for line in (*each.lines, *each.fitting)
        for name in names[each.device]
    }
    false = [
        sighting
        for sighting in hunt.sightings
        if severity_rank(sighting.severity) >= severity_rank(Severity(truth.alarm))
        and not any((sighting.device, paths.get(row.source, ""), row.record) in lines for row in sighting.rows)
    ]
    of = len(truth.devices)
    calm = of - len({sighting.device for sighting in false})
    return Mark(question=question, found=calm, of=of, false=len(false), notes=tuple(map(_alarm, false)))


def _alarm(sighting: Sighting) -> str:
    return f"{sighting.device}: {sighting.severity} {sighting.of}: {sighting.detail} at {sighting.first:%F %R}"
