"""`make measure`, second part: releases that no rule was made on, of other kinds than those of the list of pairs.

`others.tsv` names them: a purl and, where there is one, the purl of its baseline. Writes
docs/explanation/other-releases.md. Needs the network.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from unrig import api
from unrig.model.errors import UsageError
from unrig.model.levels import Severity, severity_rank
from unrig.model.results import VetResult

ROOT = Path(__file__).parents[1]
LIST = Path(__file__).with_name("others.tsv")
PAGE = ROOT / "docs" / "explanation" / "other-releases.md"
NOTES = Path(__file__).with_name("others.md")
"""What was learnt from them, by hand."""


@dataclass(frozen=True)
class Other:
    """What vet said of one release."""

    purl: str
    baseline: str
    result: VetResult


def main() -> int:
    """Vet all that can be fetched, write the page, and return 1 where one has a finding at high."""
    with LIST.open(newline="") as file:
        rows = list(csv.reader(file, delimiter="\t"))[1:]
    others = [found for purl, baseline in rows if (found := _vetted(purl, baseline))]
    PAGE.write_text(_page(others))
    alarms = [one for one in others if _worst(one.result) >= severity_rank(Severity.HIGH)]
    print(
        f"{len(others)} other releases, {len(alarms)} with a finding at high: {', '.join(one.purl for one in alarms)}"
    )
    return 1 if alarms else 0


def _vetted(purl: str, baseline: str) -> Other | None:
    try:
        result = api.vet(purl, baselines=[baseline] if baseline else [])
    except UsageError as error:
        print(f"  {purl}: not measured: {str(error).splitlines()[0]}")
        return None
    print(f"  {purl}: {result.verdict}, {len(result.findings)} findings", flush=True)
    return Other(purl, baseline, result)


def _worst(result: VetResult) -> int:
    return max((severity_rank(finding.severity) for finding in result.findings), default=0)


def _page(others: list[Other]) -> str:
    beside = sum(bool(one.baseline) for one in others)
    verdicts = Counter(one.result.verdict for one in others)
    told = ", ".join(f"{count} {word}" for word, count in sorted(verdicts.items()))
    files = sum(one.result.stats.files for one in others)
    lines = [
        "# Other innocent releases",
        "",
        "<!-- Written by `make measure`; the first part from `benchmarks/others.md`. -->",
        "",
        NOTES.read_text().strip(),
        "",
        "## Now",
        "",
        f"{len(others)} releases, {beside} of them beside the release before, {files:,} files: {told}.",
        "",
        "| release | baseline | files | verdict | findings |",
        "|---|---|--:|---|---|",
    ]
    lines += [_row(one) for one in others]
    lines += ["", "## What is not clean", ""]
    lines += [
        f"- {one.purl}: {reason}" for one in others if one.result.verdict != "clean" for reason in _why(one.result)
    ] or ["None."]
    return "\n".join(lines) + "\n"


def _row(one: Other) -> str:
    counted = Counter((finding.rule, finding.severity) for finding in one.result.findings)
    found = ", ".join(f"{rule} {severity} x{n}" for (rule, severity), n in sorted(counted.items())) or "none"
    version = one.baseline.rpartition("@")[2].partition("?")[0]
    return (
        f"| {one.purl.removeprefix('pkg:')} | {version} | {one.result.stats.files} | {one.result.verdict} | {found} |"
    )


def _why(result: VetResult) -> list[str]:
    told = [f.summary for f in result.findings if severity_rank(f.severity) >= severity_rank(Severity.MEDIUM)]
    return told or [f"{problem.where}: {problem.observed}" for problem in result.problems]


if __name__ == "__main__":
    sys.exit(main())
