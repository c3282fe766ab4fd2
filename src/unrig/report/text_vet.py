"""`vet` on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from unrig.model.finding import Finding
from unrig.model.levels import Severity, severity_rank
from unrig.model.paths import SEPARATOR
from unrig.model.place import Range
from unrig.model.results import VetResult
from unrig.report import text_changes
from unrig.report.advice import advice
from unrig.report.base_rate_text import said
from unrig.report.layout import SEVERITY_STYLES, STYLES, headline, paragraph, problems, row, safe, size

FEW = 12
OF_A_RULE = 3
DUMPED = 16


def show(console: Console, result: VetResult, *, quiet: bool, verbose: bool) -> None:
    """Print verdict, reason, what to do, proof, coverage."""
    release = result.release
    named = " ".join(part for part in (release.name, release.version, release.platform) if part)
    headline(console, result.verdict, STYLES[result.verdict], f"{named}   {release.path}")
    if quiet:
        return
    paragraph(console, "Why", result.because)
    paragraph(console, "What now", advice(result))
    _findings(console, result, verbose=verbose)
    paragraph(console, "Compared", _compared(result, verbose=verbose))
    paragraph(console, "Seen", _coverage(result))
    if result.problems:
        problems(console, result.problems, verbose=verbose)
    paragraph(console, "Not asked", _not_asked(result, verbose=verbose))
    paragraph(console, "Waivers", result.waived)


def _findings(console: Console, result: VetResult, *, verbose: bool) -> None:
    told = [f for f in result.findings if verbose or f.severity is not Severity.INFO]
    shown = told if verbose else list(_first_of_each(told))[:FEW]
    for number, finding in enumerate(shown):
        mark = "waived " if finding.waived else ""
        text = Text.assemble(
            (f"{mark}{finding.severity:<9}", SEVERITY_STYLES[finding.severity]),
            f"{finding.rule}: {safe(finding.summary)}",
        )
        row(console, "Findings" if number == 0 else "", text)
        paragraph(console, "", _proof(finding, verbose=verbose))
    hidden = len(result.findings) - len(shown)
    if hidden:
        rest = Counter((f.severity, f.rule) for f in result.findings) - Counter((f.severity, f.rule) for f in shown)
        kinds = ", ".join(f"{n} {severity} {rule}" for (severity, rule), n in list(rest.items())[:FEW])
        paragraph(console, "", [f"... and {hidden} more: {kinds} (--verbose shows all)"])


def _first_of_each(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield the first findings of each rule and severity: of what moves no verdict one, of what does three."""
    seen: Counter[tuple[str, Severity]] = Counter()
    for finding in findings:
        kind = (finding.rule, finding.severity)
        seen[kind] += 1
        slight = severity_rank(finding.severity) < severity_rank(Severity.MEDIUM)
        if seen[kind] <= (1 if slight else OF_A_RULE):
            yield finding


def _proof(finding: Finding, *, verbose: bool) -> Iterator[str]:
    paths = {ref.id: ref.path for ref in finding.artifacts}
    evidence = finding.evidence if verbose else finding.evidence[:2]
    for number, one in enumerate(evidence):
        if isinstance(one.place, Range):
            path = paths.get(one.place.artifact, "").split(SEPARATOR, 1)[-1]
            yield f"  {path} at 0x{one.place.offset:x}, {one.place.length:,} bytes: {_dump(one.window)}"
        if number == 0 and (one.expected or one.observed):
            yield f"  expected {one.expected}; found {one.observed}"
    if finding.base_rate:
        yield f"  {said(finding.base_rate)}"


def _dump(window: str) -> str:
    """Return the first bytes of a window as hex and as text."""
    raw = bytes.fromhex(window)[:DUMPED]
    text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in raw)
    return f"{raw.hex()}{'...' if len(window) > 2 * DUMPED else ''} |{text}|"


def _compared(result: VetResult, *, verbose: bool) -> Iterator[str]:
    for baseline in result.baselines:
        yield f"{baseline.path} ({baseline.sha256[:16]})"
    yield from text_changes.lines(result, verbose=verbose)


def _coverage(result: VetResult) -> Iterator[str]:
    coverage = result.coverage
    state = "everything was looked at" if result.complete else f"{len(coverage.unopened)} parts were not looked at"
    yield f"{result.stats.files} files, {size(coverage.bytes)}; {state}; {result.stats.seconds:.1f} s"
    if coverage.opaque:
        yield f"{len(coverage.opaque)} files of a format that no reader knows, looked at as bytes only"


def _not_asked(result: VetResult, *, verbose: bool) -> Iterator[str]:
    """Say which rules had nothing to judge by, by reason."""
    by_reason: dict[str, list[str]] = {}
    for entry in result.not_evaluated:
        by_reason.setdefault(entry.reason, []).append(entry.rule)
    for reason, rules in sorted(by_reason.items()):
        names = ", ".join(rules) if verbose or len(rules) < FEW else f"{len(rules)} rules"
        yield f"{reason}: {names}"
