"""The verdict on a terminal: what decides stands in full, what does not once."""

from __future__ import annotations

import datetime as dt
import io

from findings_kit import FOLDER, finding, view
from rich.console import Console

from unrig.model.coverage import Coverage
from unrig.model.finding import Finding
from unrig.model.levels import Severity, VerdictWord
from unrig.model.results import VetResult
from unrig.report import text_vet


def many(rule: str, severity: Severity, count: int) -> list[Finding]:
    return [finding(about=(view(f"{rule}{n}", f"{n}"),), rule=rule, severity=severity) for n in range(count)]


def printed(*findings: Finding, quiet: bool = False, verbose: bool = False) -> list[str]:
    result = VetResult(
        generated_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        unrig_version="test",
        release=FOLDER,
        verdict=VerdictWord.SUSPICIOUS,
        complete=True,
        because=("two rules agree",),
        verdict_without_hindsight=VerdictWord.SUSPICIOUS,
        verdict_without_waivers=VerdictWord.SUSPICIOUS,
        findings=findings,
        coverage=Coverage(bytes=0, accounted=0),
    )
    out = io.StringIO()
    text_vet.show(Console(file=out, width=200), result, quiet=quiet, verbose=verbose)
    return out.getvalue().splitlines()


FINDINGS = (
    *many("hidden", Severity.HIGH, 5),
    *many("odd", Severity.MEDIUM, 1),
    *many("chain", Severity.LOW, 40),
    *many("build", Severity.INFO, 2),
)


def test_of_what_moves_no_verdict_one_is_shown_of_what_does_three_and_the_rest_is_counted_by_rule() -> None:
    lines = printed(*FINDINGS)
    said = {rule: sum(f"{rule} says so" in line for line in lines) for rule in ("hidden", "odd", "chain", "build")}
    assert said == {"hidden": 3, "odd": 1, "chain": 1, "build": 0}
    [rest] = [line for line in lines if "more:" in line]
    assert "... and 43 more: 2 high hidden, 39 low chain, 2 info build (--verbose shows all)" in rest


def test_all_are_shown_when_asked() -> None:
    lines = printed(*FINDINGS, verbose=True)
    assert sum("says so" in line for line in lines) == len(FINDINGS)
    assert not any("more:" in line for line in lines)


def test_quiet_is_the_verdict_alone() -> None:
    [line] = printed(*FINDINGS, quiet=True)
    assert line.split()[0] == "SUSPICIOUS"
