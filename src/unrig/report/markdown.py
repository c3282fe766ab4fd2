"""`vet` as Markdown (GitHub Flavored Markdown 0.29): for a job's summary page, a ticket or a chat.

Text from a release is never markup: what Markdown or HTML would obey is escaped, also inside tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from unrig.model.finding import Finding
from unrig.model.results import VetResult
from unrig.report.advice import advice
from unrig.report.finding_groups import counts_of
from unrig.report.html_values import counted
from unrig.report.layout import safe, size

MOST = 200
"""Findings in the table: a summary page ends at a megabyte."""
FEW = 20
_OBEYED = re.compile(r"([\\`*_\[\]<>|~&!]|^[#+\-=.)]|(?<=\d)[.)](?=\s)|:(?=//)|(?<=www)\.)")
"""What starts emphasis, code, a link, HTML, a cell, a heading or list at the front, or an address by itself (6.9)."""


def encode(result: VetResult) -> bytes:
    """Return verdict, reasons, what to do, a table of findings, and what was not looked at."""
    return ("\n".join(_lines(result)) + "\n").encode()


def _lines(result: VetResult) -> Iterator[str]:
    release = result.release
    named = " ".join(part for part in (release.name, release.version, release.platform) if part)
    yield f"# {result.verdict.upper()}: {_plain(named)}"
    yield ""
    yield f"{_plain(release.path)}, SHA-256 `{release.sha256}`"
    yield ""
    yield from (f"- {_plain(reason)}" for reason in result.because)
    yield ""
    yield "## What now"
    yield ""
    yield from (f"- {_plain(sentence)}" for sentence in advice(result))
    yield from _findings(result)
    yield from _seen(result)


def _findings(result: VetResult) -> Iterator[str]:
    counts = ", ".join(
        f"{one.standing} {one.severity}" + (f" ({one.waived} waived)" if one.waived else "")
        for one in counts_of(result.findings)
    )
    yield from ("", "## Findings", "", counts or "None.")
    if not result.findings:
        return
    yield from ("", "| severity | rule | what | found |", "| --- | --- | --- | --- |")
    yield from (_row(finding) for finding in result.findings[:MOST])
    if len(result.findings) > MOST:
        yield from ("", f"And {len(result.findings) - MOST} more; the JSON document has them all.")


def _row(finding: Finding) -> str:
    marks = " (hindsight)" if finding.hindsight else ""
    waived = f" waived: {_plain(finding.waived)}" if finding.waived else ""
    observed = finding.evidence[0].observed if finding.evidence else ""
    return f"| {finding.severity}{marks}{waived} | {_plain(finding.rule)} | {_plain(finding.summary)} | {_plain(observed)} |"


def _seen(result: VetResult) -> Iterator[str]:
    coverage = result.coverage
    state = (
        "everything was looked at" if result.complete else f"{counted(len(coverage.unopened), 'part')} not looked at"
    )
    yield from ("", "## Seen", "", f"{counted(len(result.artifacts), 'file')}, {size(coverage.bytes)}; {state}.", "")
    for one in result.problems[:FEW]:
        yield f"- {_plain(f'{one.where}: expected {one.expected}, found {one.observed}; {one.effect}. {one.action}')}"
    if len(result.problems) > FEW:
        yield f"- and {len(result.problems) - FEW} more"
    without = (result.verdict_without_hindsight, result.verdict_without_waivers)
    yield from ("", f"Without hindsight the verdict is {without[0]}, without waivers {without[1]}.")


def _plain(text: str) -> str:
    """Return text as Markdown shows it to the letter, on one line."""
    return _OBEYED.sub(r"\\\1", safe(text))
