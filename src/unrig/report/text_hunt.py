"""`hunt` on a terminal: what was seen, why, what to do, where the proof stands, and what could not have been seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.text import Text

from unrig.model.coverage import NotEvaluated
from unrig.model.levels import Severity, severity_rank
from unrig.model.results import HuntResult
from unrig.model.telemetry import DeviceSummary, Observability, Seen, Sighting, Source
from unrig.report.layout import SEVERITY_STYLES, headline, paragraph, problems, row, safe

FEW = 6
"""Devices and blind spots that are shown."""
FEW_A_DEVICE = 6
"""Kinds of things on one device."""
FEW_NAMES = 3
"""Questions that are named where many have the same blind spot."""
PROOF = " " * 11


def show(console: Console, result: HuntResult, *, quiet: bool, verbose: bool) -> None:
    """Print where it ran, what it did, what could not have been seen."""
    telling = [each for each in _open(result.sightings) if _tells(each)]
    seen = len({sighting.device for sighting in telling})
    style = "bold red" if seen else "bold green" if result.complete else "bold yellow"
    word = "seen" if seen else "not seen" if result.complete else "not seen, but not everywhere could it have been"
    said = f"{_count(len(telling), 'sighting')} on {_count(seen, 'device')}"
    headline(console, word, style, said if seen else "")
    if quiet:
        return
    paragraph(console, "Why", result.because)
    paragraph(console, "What now", advice(result))
    _devices(console, result, verbose=verbose)
    paragraph(console, "Blind", _blind(result.observability, verbose=verbose))
    paragraph(console, "Read", _sources(result))
    if result.problems:
        problems(console, result.problems, verbose=verbose)
    paragraph(console, "Not asked", _not_asked(result.not_evaluated))


def advice(result: HuntResult) -> Iterator[str]:
    """Yield what to do, one sentence each: by the worst that was seen, then by what could not have been."""
    telling = [each for each in _open(result.sightings) if _tells(each)]
    severe = {each.device for each in telling if severity_rank(each.severity) >= severity_rank(Severity.HIGH)}
    milder = {each.device for each in telling} - severe
    if severe:
        yield f"Isolate {_listed(_ranked(result, severe))} and keep what they hold; nothing is deleted before it is copied."
    if milder:
        yield f"Have a person look at {_listed(_ranked(result, milder))}: read the proof, then decide in a triage file."
    if any(each.state is Seen.NOT_OBSERVABLE for each in result.observability):
        sentence = "Switch on what stands under Blind, and hunt again over the logs that it writes"
        yield f"{sentence}." if telling else f"This is no all-clear. {sentence}."
    elif not telling:
        yield "Nothing: what was asked for could have been seen everywhere."


def _open(sightings: Sequence[Sighting]) -> list[Sighting]:
    return [each for each in sightings if each.triage.state != "benign"]


def _tells(sighting: Sighting) -> bool:
    return severity_rank(sighting.severity) > severity_rank(Severity.LOW)


def _ranked(result: HuntResult, names: set[str]) -> list[str]:
    return [each.device for each in _by_score(result) if each.device in names]


def _by_score(result: HuntResult) -> list[DeviceSummary]:
    return sorted(result.devices, key=lambda device: (-device.score, device.device))


def _listed(names: Sequence[str]) -> str:
    more = len(names) - FEW_NAMES
    return ", ".join(names[:FEW_NAMES]) + (f" and {more} more" if more > 0 else "")


def _devices(console: Console, result: HuntResult, *, verbose: bool) -> None:
    """Print the devices, worst first: those where nothing tells are only counted, unless all is wanted."""
    paths = {source.id: source for source in result.sources}
    by_device: dict[str, list[Sighting]] = {}
    for sighting in result.sightings:
        by_device.setdefault(sighting.device, []).append(sighting)
    ranked = [each for each in _by_score(result) if each.device in by_device]
    mild = [each for each in ranked if not any(map(_tells, _open(by_device[each.device])))]
    shown = ranked if verbose else [each for each in ranked if each not in mild][:FEW]
    for number, device in enumerate(shown):
        stages = f"  {' -> '.join(device.stages)}" if device.stages else ""
        told = f"{device.device or 'no device named'}  score {device.score:.0f}{stages}"
        row(console, "Devices" if number == 0 else "", Text(safe(told), "bold"))
        _sightings(console, by_device[device.device], paths, verbose=verbose)
    hidden = len(ranked) - len(shown) - (0 if verbose else len(mild))
    if hidden:
        paragraph(console, "", [f"... and {_count(hidden, 'more device')} (--verbose shows all)"])
    if mild and not verbose:
        label = "" if shown else "Devices"
        paragraph(console, label, [f"{_count(len(mild), 'device')} with no more than what is low (--verbose shows it)"])


def _sightings(console: Console, found: Sequence[Sighting], paths: Mapping[str, Source], *, verbose: bool) -> None:
    """Print what was seen on a device, worst first, each kind of thing with the event that proves it first."""
    ranked = sorted(found, key=lambda each: (-severity_rank(each.severity), each.first, each.id))
    kinds: dict[str, list[Sighting]] = {}
    for each in ranked if verbose else _open(ranked):
        kinds.setdefault(each.id if verbose else each.title, []).append(each)
    groups = [group for group in kinds.values() if verbose or _tells(group[0])]
    shown = groups if verbose else groups[:FEW_A_DEVICE]
    for worst, *others in shown:
        who = f"  by {worst.process}" if worst.process and worst.process != worst.detail else ""
        more = f"  (and {len(others)} more)" if others else ""
        said = f"{worst.first:%Y-%m-%d %H:%M} {worst.title}: {worst.detail}{who}{more}"
        row(console, "", Text.assemble((f"  {worst.severity:<9}", SEVERITY_STYLES[worst.severity]), safe(said)))
        paragraph(console, "", _proof(worst, paths, verbose=verbose))
    hidden = sum(map(len, kinds.values())) - sum(map(len, shown))
    if hidden:
        paragraph(console, "", [f"  ... and {_count(hidden, 'more sighting')}"])


def _proof(sighting: Sighting, paths: Mapping[str, Source], *, verbose: bool) -> Iterator[str]:
    for event in sighting.rows if verbose else sighting.rows[:1]:
        source = paths.get(event.source)
        times = f", {sighting.count} times until {sighting.last:%Y-%m-%d %H:%M}" if sighting.count > 1 else ""
        yield f"{PROOF}proof: {source.path if source else event.source} record {event.record}{times}"
    if verbose:
        yield f"{PROOF}id {sighting.id}, {sighting.triage.state}"


def _blind(answers: Sequence[Observability], *, verbose: bool) -> Iterator[str]:
    """Say what could not have been seen: what is missing, on how many devices, for which questions, and the remedy."""
    devices: dict[tuple[str, str], set[str]] = {}
    questions: dict[tuple[str, str], dict[str, None]] = {}
    for each in answers:
        if each.state is Seen.NOT_OBSERVABLE:
            key = (each.why, each.remedy)
            devices.setdefault(key, set()).add(each.device)
            questions.setdefault(key, {}).setdefault(each.title or each.of)
    ranked = sorted(devices, key=lambda key: (-len(devices[key]) * len(questions[key]), key))
    for key in ranked if verbose else ranked[:FEW]:
        why, remedy = key
        names = list(questions[key])
        asked = "; ".join(names) if verbose else _named(names)
        yield f"{_on(devices[key])}: {why}. Not seen there: {asked}" + (f". To see it: {remedy}" if remedy else "")
    if len(ranked) > FEW and not verbose:
        yield f"... and {len(ranked) - FEW} more reasons (--verbose shows all)"
    yield from _silent(answers, verbose=verbose)


def _silent(answers: Sequence[Observability], *, verbose: bool) -> Iterator[str]:
    """Say when devices that answered otherwise logged nothing, the longest stretch of each first."""
    longest: dict[str, tuple[float, str]] = {}
    for each in answers:
        for window in each.silent if each.state is not Seen.NOT_OBSERVABLE else ():
            if window.since and window.until:
                days = (window.until - window.since).days
                said = f"{each.device} {days} days from {window.since:%Y-%m-%d} ({each.title or each.of})"
                longest[each.device] = max(longest.get(each.device, (0.0, "")), (days, said))
    ranked = [said for _, said in sorted(longest.values(), reverse=True)]
    if ranked:
        shown = ranked if verbose else ranked[:FEW_NAMES]
        more = f"; and {_count(len(ranked) - len(shown), 'more device')}" if len(ranked) > len(shown) else ""
        yield f"Silent in between, for which nothing here holds: {'; '.join(shown)}{more}"


def _on(devices: set[str]) -> str:
    if devices == {"*"}:
        return "anywhere"
    return min(devices) if len(devices) == 1 else f"{len(devices)} devices"


def _named(names: Sequence[str]) -> str:
    more = len(names) - FEW_NAMES
    return "; ".join(names[:FEW_NAMES]) + (f"; and {_count(more, 'more question')}" if more > 0 else "")


def _not_asked(entries: Sequence[NotEvaluated]) -> Iterator[str]:
    """Say which questions could not be asked, by reason."""
    by_reason: dict[str, list[str]] = {}
    for entry in entries:
        by_reason.setdefault(entry.reason, []).append(entry.rule)
    for reason, names in sorted(by_reason.items()):
        yield f"{reason}: {', '.join(sorted(names))}"


def _sources(result: HuntResult) -> Iterator[str]:
    rows, rejected = sum(s.rows for s in result.sources), sum(s.rejected for s in result.sources)
    repeats, misdated = sum(s.repeats for s in result.sources), sum(s.misdated for s in result.sources)
    said = f", {rejected:,} rejected" if rejected else ""
    said += f", {repeats:,} that repeat others and count once" if repeats else ""
    said += f", {misdated:,} with times that cannot be right" if misdated else ""
    yield f"{_count(len(result.sources), 'source')}, {rows:,} events{said}; {result.stats.seconds:.1f} s"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
