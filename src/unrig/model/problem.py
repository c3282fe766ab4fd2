"""What could not be looked at, as a value in every result."""

from __future__ import annotations

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
