"""`make measure`: what the rules say of real, innocent release pairs. Needs the network; the result stands in docs.

Each new release is vetted with its predecessor as baseline. Writes docs/explanation/measured.md and the `Measured:`
line of every rule.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.pairs import Pair, chosen, get, read_pairs
from unrig import api
from unrig.model.errors import UsageError
from unrig.model.levels import Severity
from unrig.model.rule import Rule
from unrig.vet.detect import RULES
from unrig.vet.facts import EXTRACTORS

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "explanation" / "measured.md"
DETECT = ROOT / "src" / "unrig" / "vet" / "detect"
QUIET = (Severity.INFO, Severity.LOW)
ALARMING = (Severity.HIGH, Severity.CRITICAL)


@dataclass
class Measured:
    """What vet said of one pair."""

    pair: Pair
    verdict: str
    files: int
    programs: int
    formats: Counter[str] = field(default_factory=Counter)
    """Files by format."""
    findings: Counter[tuple[str, Severity]] = field(default_factory=Counter)
    medium: list[str] = field(default_factory=list)
    """Summaries at medium or above."""


def main() -> int:
    """Measure, write, and return 1 where an innocent release got a finding at high."""
    corpora = os.environ.get("UNRIG_CORPORA", "")
    if not corpora:
        print("UNRIG_CORPORA is not set: name the folder with release_pairs.tsv", file=sys.stderr)
        return 2
    measured = [found for pair in chosen(read_pairs(Path(corpora) / "release_pairs.tsv")) if (found := _measure(pair))]
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(_page(measured))
    for rule in RULES:
        if not rule.measures:  # benchmarks.base_rates_table writes the lines of drift
            _write_line(rule, [one for one in measured if one.pair.judges])
    alarms = [one for one in measured if any(severity in ALARMING for _, severity in one.findings)]
    print(
        f"{len(measured)} pairs, {len(alarms)} with a finding at high: {', '.join(one.pair.package for one in alarms)}"
    )
    return 1 if alarms else 0


def _measure(pair: Pair) -> Measured | None:
    try:
        old, new = get(pair, pair.old), get(pair, pair.new)
    except UsageError as error:
        print(f"  {pair.package} {pair.new}: not measured: {str(error).splitlines()[0]}")
        return None
    result = api.vet(new, baselines=[old])
    medium = [f.summary for f in result.findings if f.severity in (Severity.MEDIUM, *ALARMING)]
    programs = sum(artifact.format == "pe" for artifact in result.artifacts)
    print(f"  {pair.package} {pair.old} -> {pair.new}: {result.verdict}, {len(result.findings)} findings", flush=True)
    counted = Counter((f.rule, f.severity) for f in result.findings)
    formats = Counter(artifact.format for artifact in result.artifacts)
    return Measured(pair, result.verdict, len(result.artifacts), programs, formats, counted, medium)


def _page(measured: list[Measured]) -> str:
    """Return the page of results."""
    verdicts = Counter(one.verdict for one in measured)
    told = ", ".join(f"{count} {word}" for word, count in sorted(verdicts.items()))
    files, programs = sum(one.files for one in measured), sum(one.programs for one in measured)
    lines = [
        "# Measured on innocent releases",
        "",
        "<!-- Written by `make measure`. -->",
        "",
        "The pairs under 60 MB of a list of consecutive real releases on PyPI and npm; each new release vetted with its",
        "predecessor as baseline. Those that judge (package names whose SHA-256 starts with 8 to f) make the `Measured:` line",
        "of each rule. A rule is *stable* only where they hold files of its kind in 15 releases or more, none of these has",
        "a finding of it at medium or above, and nothing in it was changed after a look at them; or where what it asks for is",
        "stated by the user. The rules that [base rates](base-rates.md) weigh stay in the nursery.",
        "",
        f"{len(measured)} pairs, {files:,} files, {programs:,} PEs: {told}.",
        "",
        "| package | old | new | half | files | PEs | verdict | findings |",
        "|---|---|---|---|--:|--:|---|---|",
    ]
    for one in measured:
        found = ", ".join(f"{rule} {severity} x{n}" for (rule, severity), n in sorted(one.findings.items())) or "none"
        half = "judges" if one.pair.judges else "sets"
        cells = (one.pair.package, one.pair.old, one.pair.new, half, one.files, one.programs, one.verdict, found)
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    lines += ["", "## At medium or above", ""]
    lines += [f"- {one.pair.package} {one.pair.new}: {text}" for one in measured for text in one.medium] or ["None."]
    return "\n".join(lines) + "\n"


def _write_line(rule: Rule, measured: list[Measured]) -> None:
    """Rewrite the `Measured:` line of one rule's file; a rule that had nothing to judge is not measured."""
    path = DETECT / f"{rule.id.replace('-', '_')}.py"
    judged = [found for one in measured if (found := _judged(rule, one))]
    text = re.sub(
        r"^Measured:.*(?:\n {4,}.*)*", _line(rule, measured, judged), path.read_text(), count=1, flags=re.MULTILINE
    )
    path.write_text(text)


def _line(rule: Rule, measured: list[Measured], judged: list[int]) -> str:
    """Return the line; `judged` counts the files of the rule's kind in each release that has any."""
    if set(rule.needs) - {"known_good"}:
        return "Measured:  not measured: what it asks for comes from the user."
    if not judged:
        return (
            f"Measured:  not measured: no file of its kind in {len(measured)} judging release pairs (`make measure`)."
        )
    loud = sum(any(r == rule.id and s not in QUIET for r, s in one.findings) for one in measured)
    quiet = sum(any(r == rule.id for r, _ in one.findings) for one in measured) - loud
    held = f"{len(measured)} judging release pairs, {sum(judged):,} files of its kind in {len(judged)} of them"
    return f"Measured:  {held}: {loud} at medium or above,\n           {quiet} below (`make measure`)."


def _judged(rule: Rule, one: Measured) -> int:
    """Return how many files of a pair a rule could judge: those of whose format its facts are, or all."""
    found = [frozenset(e.formats) for e in EXTRACTORS for reads in rule.reads if e.fills is reads and e.formats]
    return sum(one.formats[name] for name in frozenset.intersection(*found)) if found else one.files


if __name__ == "__main__":
    sys.exit(main())
