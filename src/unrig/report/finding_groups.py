"""Ten thousand findings on one page: each rule once, the worst in full, the others as a line, the rest as a number."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from unrig.model.finding import Finding
from unrig.model.levels import Severity, severity_rank

IN_FULL = 150
"""Findings with all their evidence: some 500 kB of page."""
IN_FULL_EACH = 20
"""Of one rule: what a person reads before it is clear that the rest is alike."""
LINES = 2000
LINES_EACH = 300
OPEN_FROM = Severity.HIGH
"""Groups from this severity on are open; the others open at a click or with the return key."""


class Group(Struct, frozen=True, kw_only=True):
    """The findings of one rule of one severity."""

    rule: str
    title: str
    severity: Severity
    full: tuple[Finding, ...]
    lines: tuple[Finding, ...]
    rest: int
    """How many more there are, in the JSON document only."""

    @property
    def total(self) -> int:
        """Return how many findings the rule has at this severity."""
        return len(self.full) + len(self.lines) + self.rest

    @property
    def opened(self) -> bool:
        """Return whether the group stands open: it is grave, and somebody has not accepted all of it."""
        grave = severity_rank(self.severity) >= severity_rank(OPEN_FROM)
        return grave and any(not finding.waived for finding in self.full)


class Count(Struct, frozen=True, kw_only=True):
    """How many findings of one severity there are."""

    severity: Severity
    standing: int
    waived: int


def groups_of(findings: Sequence[Finding]) -> tuple[Group, ...]:
    """Return the groups in the order of the findings, which is that of the contract: the worst first."""
    by_rule: dict[tuple[str, Severity], list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault((finding.rule, finding.severity), []).append(finding)
    full, lines = IN_FULL, LINES
    made: list[Group] = []
    for (rule, severity), members in by_rule.items():
        first = min(full, IN_FULL_EACH, len(members))
        second = min(lines, LINES_EACH, len(members) - first)
        full, lines = full - first, lines - second
        made.append(
            Group(
                rule=rule,
                title=members[0].title,
                severity=severity,
                full=tuple(members[:first]),
                lines=tuple(members[first : first + second]),
                rest=len(members) - first - second,
            )
        )
    return tuple(made)


def counts_of(findings: Sequence[Finding]) -> tuple[Count, ...]:
    """Return how many findings each severity has that occurs, the worst first."""
    found: list[Count] = []
    for severity in sorted(Severity, key=severity_rank, reverse=True):
        same = [finding for finding in findings if finding.severity is severity]
        waived = sum(bool(finding.waived) for finding in same)
        if same:
            found.append(Count(severity=severity, standing=len(same) - waived, waived=waived))
    return tuple(found)
