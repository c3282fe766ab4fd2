"""The scales every result uses: severity, confidence, maturity, and the words of a verdict."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """How bad it is if true. *critical* means that no innocent build makes it."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Confidence(StrEnum):
    """How sure a rule is that what it saw is what it names."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Maturity(StrEnum):
    """A rule's age: only *stable* rules can make a verdict `rigged`."""

    NURSERY = "nursery"
    STABLE = "stable"
    RETIRED = "retired"


class VerdictWord(StrEnum):
    """The answer of `vet`, mildest first."""

    CLEAN = "clean"
    INCOMPLETE = "incomplete"
    REVIEW = "review"
    SUSPICIOUS = "suspicious"
    RIGGED = "rigged"


class Answer(StrEnum):
    """Yes, no, or honestly unknown."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


_SEVERITY_RANK = {severity: rank for rank, severity in enumerate(Severity)}


def severity_rank(severity: Severity) -> int:
    """Return 0 for info up to 4 for critical, for sorting and thresholds."""
    return _SEVERITY_RANK[severity]


def milder(first: Severity, second: Severity) -> Severity:
    """Return the milder of two severities (a hit may lower its rule's severity, never raise it)."""
    return min(first, second, key=severity_rank)
