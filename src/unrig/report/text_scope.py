"""`scope` on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from unrig.model.exposure import Affected, Embedded, Exposure, Fixed, NotAffected, UnderInvestigation
from unrig.model.results import ScopeResult
from unrig.report.layout import headline, paragraph, problems

FEW = 8


def show(console: Console, result: ScopeResult, *, quiet: bool, verbose: bool) -> None:
    """Print who has it, who embeds it, about whom nothing can be said."""
    affected = sum(e.devices for e in result.exposures if isinstance(e, Affected))
    style = "bold red" if affected else "bold green" if result.complete else "bold yellow"
    headline(console, f"{affected:,} affected", style, f"of {denominator(result):,} devices in the inventory")
    if quiet:
        return
    paragraph(console, "Why", result.because)
    paragraph(console, "Who", (line for exposure in result.exposures for line in _lines(exposure, verbose=verbose)))
    embedded = [f"{contains(e)} (by {e.matched_by}, {e.says}: {e.path})" for e in result.embedded]
    paragraph(console, "Embeds", embedded)
    paragraph(console, "Unknown", (f"{u.devices:,} devices: {u.reason}" for u in result.unknown))
    if result.problems:
        problems(console, result.problems, verbose=verbose)


def contains(embedded: Embedded) -> str:
    """Return `product contains component version`; the version, where it is said, is the component's."""
    return f"{embedded.product} contains {embedded.component} {embedded.version}".rstrip()


def denominator(result: ScopeResult) -> int:
    """Return how many devices the inventory has: those of which nothing is said count too."""
    unsaid = sum(unknown.devices for unknown in result.unknown)
    return max((exposure.denominator for exposure in result.exposures), default=unsaid)


def _lines(exposure: Exposure, *, verbose: bool) -> Iterator[str]:
    name = " ".join(
        part for part in (exposure.identity.name, exposure.identity.version, exposure.identity.platform) if part
    )
    yield f"{_word(exposure)}: {exposure.devices:,} of {exposure.denominator:,} devices have {name}: {exposure.reason}"
    groups = exposure.groups if verbose else exposure.groups[:FEW]
    for group in groups:
        parts = (group.product, group.version, group.platform, group.customer, group.country)
        yield f"  {group.devices:>7,} of {group.denominator:>7,}  {' / '.join(part or '-' for part in parts)}"
    if len(exposure.groups) > len(groups):
        yield f"  ... and {len(exposure.groups) - len(groups)} more groups (--verbose shows all)"


def _word(exposure: Exposure) -> str:
    match exposure:
        case Affected():
            return f"affected ({exposure.action})"
        case NotAffected():
            return f"not affected ({exposure.justification})"
        case Fixed():
            return "fixed"
        case UnderInvestigation():
            return f"under investigation (the inventory lacks {', '.join(exposure.missing)})"
