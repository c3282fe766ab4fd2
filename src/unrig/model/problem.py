"""What could not be looked at, as a value in every result."""

from __future__ import annotations

import hashlib
from enum import StrEnum

from msgspec import Struct


class ProblemKind(StrEnum):
    """Why something was not looked at."""

    FORMAT = "format"
    LIMIT = "limit"
    ACCESS = "access"
    UNSUPPORTED = "unsupported"
    DAMAGED = "damaged"
    NOT_EVALUATED = "not_evaluated"
    WORKER_DIED = "worker_died"
    DEFECT = "defect"


class Problem(Struct, frozen=True, kw_only=True):
    """One thing that went wrong, where, and what was therefore not looked at."""

    id: str
    kind: ProblemKind
    where: str
    """Path in the release, telemetry file with record, or field: whatever a person needs to find it."""
    expected: str
    observed: str
    effect: str
    """What was therefore not looked at."""
    action: str
    """What the reader can do about it."""
    traceback: str = ""
    """Only for a defect in unrig itself."""


def problem_id(kind: ProblemKind, where: str, expected: str, observed: str) -> str:
    """Return 16 hexadecimal digits that name a problem: the same cause at the same place is the same problem."""
    parts = (kind.value, where, expected, observed)
    joined = b"".join(f"{len(part)}:{part}".encode("utf-8", "surrogateescape") for part in parts)
    return hashlib.sha256(joined).hexdigest()[:16]


def new_problem(
    *, kind: ProblemKind, where: str, expected: str, observed: str, effect: str, action: str, traceback: str = ""
) -> Problem:
    """Return the problem with its id worked out."""
    return Problem(
        id=problem_id(kind, where, expected, observed),
        kind=kind,
        where=where,
        expected=expected,
        observed=observed,
        effect=effect,
        action=action,
        traceback=traceback,
    )
