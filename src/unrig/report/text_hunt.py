"""`hunt` on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import Console

from unrig.model.levels import Severity, severity_rank
from unrig.model.results import HuntResult
from unrig.model.telemetry import Seen, Sighting
from unrig.report.layout import headline, paragraph, problems

FEW = 10


def show(console: Console, result: HuntResult, *, quiet: bool, verbose: bool) -> None:
    """Print where it ran, what it did, what could not have been seen."""
    open_ones = [s for s in result.sightings if s.triage.state != "benign"]
    telling = [s for s in open_ones if severity_rank(s.severity) > severity_rank(Severity.LOW)]
    seen = len({sighting.device for sighting in telling})
    style = "bold red" if seen else "bold green" if result.complete else "bold yellow"
    word = "seen" if seen else "not seen" if result.complete else "not seen, but not everywhere could it have been"
    devices = f"{seen} device{'s' if seen != 1 else ''}"
    headline(console, word, style, f"{len(telling)} sightings on {devices}" if seen else "")
    if quiet:
        return
    paragraph(console, "Why", result.because)
    paragraph(console, "Devices", _devices(result, verbose=verbose))
    paragraph(console, "Blind", _blind(result, verbose=verbose))
    paragraph(console, "Read", _sources(result))
    if result.problems:
        problems(console, result.problems, verbose=verbose)
    paragraph(console, "Not asked", sorted({f"{entry.reason}: {entry.rule}" for entry in result.not_evaluated}))


def _devices(result: HuntResult, *, verbose: bool) -> Iterator[str]:
    by_device: dict[str, list[Sighting]] = {}
    for sighting in result.sightings:
        by_device.setdefault(sighting.device, []).append(sighting)
    ranked = sorted(result.devices, key=lambda d: (-d.score, d.device))
    shown = ranked if verbose else ranked[:FEW]
    for device in shown:
        if device.device not in by_device:
            continue
        yield f"{device.device}  score {device.score:.0f}  {' -> '.join(device.stages)}"
        own = sorted(by_device[device.device], key=lambda s: (-severity_rank(s.severity), s.first))
        for sighting in own if verbose else own[:2]:
            when = f"{sighting.first:%Y-%m-%d %H:%M}"
            first = sighting.rows[0] if sighting.rows else None
            proof = f" [{first.source} record {first.record}]" if first else ""
            proof += f" {sighting.id} {sighting.triage.state}" if verbose else ""
            yield f"  {sighting.severity:<8} {when} {sighting.title}: {sighting.detail} ({sighting.count}x){proof}"
    if len(ranked) > len(shown):
        yield f"... and {len(ranked) - len(shown)} more devices (--verbose shows all)"


def _blind(result: HuntResult, *, verbose: bool) -> Iterator[str]:
    """Say what could not have been seen, grouped by why, with the remedy."""
    groups: Counter[tuple[str, str, str]] = Counter()
    for entry in result.observability:
        if entry.state is Seen.NOT_OBSERVABLE:
            groups[entry.title or entry.of, entry.why, entry.remedy] += 1
    ranked = groups.most_common()
    for (of, why, remedy), count in ranked if verbose else ranked[:FEW]:
        yield f"{of} on {count} device{'s' if count != 1 else ''}: {why}" + (f". {remedy}" if remedy else "")
    if len(ranked) > FEW and not verbose:
        yield f"... and {len(ranked) - FEW} more blind spots (--verbose shows all)"


def _sources(result: HuntResult) -> Iterator[str]:
    rows, rejected = sum(s.rows for s in result.sources), sum(s.rejected for s in result.sources)
    lines = f", {rejected:,} rejected" if rejected else ""
    yield f"{len(result.sources)} sources, {rows:,} events{lines}; {result.stats.seconds:.1f} s"
