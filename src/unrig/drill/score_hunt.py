"""Marks of a hunt: each stage on each device, what could not be seen, and what was said that did not happen."""

from __future__ import annotations

from collections.abc import Sequence

from unrig.drill.build.truth import HuntTruth, StageTruth
from unrig.drill.mark import Mark
from unrig.model.levels import Severity, severity_rank
from unrig.model.results import HuntResult
from unrig.model.telemetry import Seen, Sighting

ALARM = Severity.MEDIUM
"""From here on a sighting takes somebody's time."""


def hunt_marks(truth: HuntTruth, hunt: HuntResult, twin: HuntResult) -> tuple[Mark, ...]:
    """Return one mark for each stage, for the blind spots, and for the calm of either fleet."""
    return (
        *_stages(truth, hunt),
        _blind(truth, hunt),
        _alarms("no alarm but for the incident", truth.stages, hunt, of=len(truth.devices)),
        _alarms("no alarm on the twin fleet", (), twin, of=len(truth.devices)),
    )


def _stages(truth: HuntTruth, hunt: HuntResult) -> tuple[Mark, ...]:
    told = _refs(hunt)
    names = dict.fromkeys(stage.stage for stage in truth.stages)
    return tuple(
        _stage(name, [each for each in truth.stages if each.stage == name and each.lines], told) for name in names
    )


def _stage(name: str, observable: Sequence[StageTruth], told: dict[tuple[str, str, int], set[str]]) -> Mark:
    missed = [each for each in observable if not _seen_by(each, told)]
    return Mark(
        question=f"{name.replace('_', ' ')} seen",
        found=len(observable) - len(missed),
        of=len(observable),
        notes=tuple(f"{each.device}: {each.what} at {each.first:%F %R}" for each in missed),
    )


def _refs(hunt: HuntResult) -> dict[tuple[str, str, int], set[str]]:
    """Return by device, log and line which analytics and leads saw the event."""
    paths = {source.id: source.path.rsplit("/", 1)[-1] for source in hunt.sources}
    found: dict[tuple[str, str, int], set[str]] = {}
    for sighting in hunt.sightings:
        for row in sighting.rows:
            found.setdefault((sighting.device, paths.get(row.source, row.source), row.record), set()).add(sighting.of)
    return found


def _seen_by(stage: StageTruth, told: dict[tuple[str, str, int], set[str]]) -> set[str]:
    keys = ((stage.device, line.file.rsplit("/", 1)[-1], line.record) for line in stage.lines)
    return set().union(*(told.get(key, set()) for key in keys))


def _blind(truth: HuntTruth, hunt: HuntResult) -> Mark:
    """Mark what no log can show: whoever sees that stage elsewhere must say that it could not be seen here."""
    told = _refs(hunt)
    unseen = [each for each in truth.stages if not each.lines]
    blind = {(each.of, each.device) for each in hunt.observability if each.state is Seen.NOT_OBSERVABLE}
    seers: dict[str, set[str]] = {}
    for stage in truth.stages:
        seers.setdefault(stage.stage, set()).update(_seen_by(stage, told))
    silent = [each for each in unseen if not any((of, each.device) in blind for of in seers[each.stage])]
    return Mark(
        question="blind spots told",
        found=len(unseen) - len(silent),
        of=len(unseen),
        notes=tuple(f"{each.device}: {each.stage} could not be seen ({each.why_not})" for each in silent),
    )


def _alarms(question: str, stages: Sequence[StageTruth], hunt: HuntResult, *, of: int) -> Mark:
    """Mark the devices on which nothing was said that did not happen."""
    paths = {source.id: source.path.rsplit("/", 1)[-1] for source in hunt.sources}
    lines = {(each.device, line.file.rsplit("/", 1)[-1], line.record) for each in stages for line in each.lines}
    false = [
        sighting
        for sighting in hunt.sightings
        if severity_rank(sighting.severity) >= severity_rank(ALARM)
        and not any((sighting.device, paths.get(row.source, ""), row.record) in lines for row in sighting.rows)
    ]
    calm = of - len({sighting.device for sighting in false})
    return Mark(question=question, found=calm, of=of, false=len(false), notes=tuple(map(_alarm, false)))


def _alarm(sighting: Sighting) -> str:
    return f"{sighting.device}: {sighting.severity} {sighting.of}: {sighting.detail} at {sighting.first:%F %R}"
