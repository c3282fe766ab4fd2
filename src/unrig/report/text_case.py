"""`case` on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from unrig.model.case import TimelineEntry
from unrig.model.moment import Precision
from unrig.model.results import CaseResult
from unrig.report.layout import headline, paragraph, problems

FORMATS = {
    Precision.DAY: "%Y-%m-%d",
    Precision.MONTH: "%Y-%m",
    Precision.QUARTER: "%Y-%m (quarter)",
    Precision.YEAR: "%Y",
}
FEW = 12


def show(console: Console, result: CaseResult, *, quiet: bool, verbose: bool) -> None:
    """Print the chain, the timeline, who says who did it, what is missing."""
    headline(console, f"{len(result.stages)} stages", "bold", f"{result.name} ({result.id}), TLP:{result.tlp.upper()}")
    if quiet:
        return
    paragraph(console, "Chain", _chain(result))
    timeline = result.timeline if verbose else result.timeline[:FEW]
    paragraph(console, "Timeline", (_dated(entry) for entry in timeline))
    if len(result.timeline) > len(timeline):
        paragraph(console, "", [f"... and {len(result.timeline) - len(timeline)} more (--verbose shows all)"])
    paragraph(console, "Who", [a.sentence for a in result.attribution] or ["nobody has said who it was"])
    if result.claims:
        roots = len(result.independence.roots)
        paragraph(console, "Sources", [f"{result.independence.reports} reports rest on {roots} independent roots"])
    gaps = list(_gaps(result))
    paragraph(console, "Gaps", gaps if verbose else gaps[:FEW])
    if len(gaps) > FEW and not verbose:
        paragraph(console, "", [f"... and {len(gaps) - FEW} more (--verbose shows all)"])
    if result.problems:
        problems(console, result.problems, verbose=verbose)


def _chain(result: CaseResult) -> Iterator[str]:
    certainty = {edge.target: edge.certainty for edge in result.edges}
    for number, stage in enumerate(result.stages, 1):
        link = f" ({certainty[stage.id]})" if stage.id in certainty else ""
        pieces = f"{len(stage.evidence)} piece{'' if len(stage.evidence) == 1 else 's'} of evidence"
        yield f"{number}. {stage.title} [{stage.technique}]{link}: {pieces}"


def _gaps(result: CaseResult) -> Iterator[str]:
    """Say what is missing, once for all places where the same is."""
    titles = {stage.id: stage.title for stage in result.stages}
    places: dict[str, list[str]] = {}
    for gap in result.gaps:
        first, second = (titles.get(name, name) for name in gap.between)
        # what was asked for has no name here that says anything; the device does
        places.setdefault(gap.missing, []).append(second if gap.about == "telemetry" else f"{first} - {second}")
    for missing, found in places.items():
        yield f"{missing} ({', '.join(dict.fromkeys(found))})"


def _dated(entry: TimelineEntry) -> str:
    shape = FORMATS.get(entry.when.precision, "%Y-%m-%d %H:%M:%S")
    return f"{entry.when.at.strftime(shape):<20} {entry.what}"
