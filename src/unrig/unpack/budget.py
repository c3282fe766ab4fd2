"""What bounds the unpacking (`unrig.model.budget`), and the problems that members have in common."""

from __future__ import annotations

from msgspec import Struct

from unrig.model.budget import Budget, Limits
from unrig.model.errors import FormatError, LimitError
from unrig.model.problem import Problem, ProblemKind, new_problem

__all__ = ["Budget", "Limits", "Room", "damaged", "limited", "room_in", "shared", "unsupported"]

SHARE = 2
"""How many times the bytes of a container its members may give that are stored as they are: equal files may be one."""
SMALL = 1 << 20
"""Bytes: below this nobody asks how often they are given."""


class Room(Struct, kw_only=True):
    """How many bytes members that are stored as they are may still give."""

    left: int


def room_in(data: memoryview) -> Room:
    """Return the room of a container."""
    return Room(left=SHARE * len(data) + SMALL)


def shared(room: Room, where: str, size: int) -> Problem | None:
    """Count one stored member; return the problem of one for which there is no room: many claim the same bytes."""
    room.left -= size
    if room.left >= 0:
        return None
    return new_problem(
        kind=ProblemKind.LIMIT,
        where=where,
        expected=f"members that together have at most {SHARE} times the bytes of what holds them",
        observed=f"{size:,} bytes more, which others have too",
        effect="the content of this member was not looked at",
        action="treat the archive as hostile: its members claim each other's bytes",
    )


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
