"""What bounds the unpacking (`unrig.model.budget`), and the problems that members have in common."""

from __future__ import annotations

from unrig.model.budget import Budget, Limits
from unrig.model.errors import FormatError, LimitError
from unrig.model.problem import Problem, ProblemKind, new_problem

__all__ = ["Budget", "Limits", "damaged", "limited", "unsupported"]


def limited(where: str, error: LimitError) -> Problem:
    """Return the problem of a budget that ended at `where`."""
    return new_problem(
        kind=ProblemKind.LIMIT,
        where=where,
        expected=f"at most {error.limit}",
        observed=error.observed,
        effect="what comes after was not looked at",
        action="treat the archive as hostile unless its publisher explains it; vet its members one by one",
    )


def damaged(where: str, error: FormatError, effect: str) -> Problem:
    """Return the problem of a structure that lies, with what could therefore not be read."""
    return new_problem(
        kind=ProblemKind.DAMAGED,
        where=where,
        expected=f"{error.where}: {error.expected}",
        observed=error.observed,
        effect=effect,
        action="fetch the file again and compare its SHA-256; if it is the same, ask its publisher",
    )


def unsupported(where: str, expected: str, observed: str, action: str) -> Problem:
    """Return the problem of a member that is there but cannot be opened."""
    return new_problem(
        kind=ProblemKind.UNSUPPORTED,
        where=where,
        expected=expected,
        observed=observed,
        effect="the content of this member was not looked at",
        action=action,
    )
