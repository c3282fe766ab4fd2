"""Claims from many files as one set: merging them is a union, so no order of merging matters."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from unrig.model.claim import Claim
from unrig.model.moment import interval
from unrig.model.problem import Problem, ProblemKind, new_problem


class ResolvedClaims(Struct, frozen=True, kw_only=True):
    """One claim for each id, sorted by when it was said, and what speaks against that being all."""

    claims: tuple[Claim, ...]
    problems: tuple[Problem, ...]


def merge(*sets: Iterable[Claim]) -> tuple[Claim, ...]:
    """Return every different claim of all sets, in one order: commutative, associative, idempotent.

    Two claims of one id that differ both stay: which of them counts is for `resolve` to say, in the open.
    """
    different = {msgspec.json.encode(claim): claim for claims in sets for claim in claims}
    return tuple(different[key] for key in sorted(different, key=lambda key: (different[key].id, key)))


def resolve(claims: Iterable[Claim]) -> ResolvedClaims:
    """Return the newest claim of each id; an id used for different claims, or cited and not there, is a problem."""
    by_id: dict[str, list[Claim]] = {}
    for claim in merge(claims):
        by_id.setdefault(claim.id, []).append(claim)
    chosen = sorted((max(same, key=_age) for same in by_id.values()), key=said_order)
    clashes = (_clash(claim_id, same) for claim_id, same in sorted(by_id.items()) if len(same) > 1)
    missing = (_missing(claim, cited) for claim in chosen for cited in sorted({*claim.cites} - by_id.keys()))
    return ResolvedClaims(claims=tuple(chosen), problems=(*clashes, *missing))


def said_order(claim: Claim) -> tuple[object, str]:
    """Return the key that sorts claims by the start of when they were said, then by id."""
    return claim.said.at, claim.id


def _age(claim: Claim) -> tuple[object, bytes]:
    return interval(claim.said), msgspec.json.encode(claim)


def _clash(claim_id: str, same: list[Claim]) -> Problem:
    return new_problem(
        kind=ProblemKind.DAMAGED,
        where=f"claim {claim_id}",
        expected="one claim of that id",
        observed=f"{len(same)} that differ: " + "; ".join(f"{claim.relation} {claim.value}" for claim in same)[:200],
        effect="only the one said last is part of the case",
        action="give the claims ids of their own",
    )


def _missing(claim: Claim, cited: str) -> Problem:
    return new_problem(
        kind=ProblemKind.NOT_EVALUATED,
        where=f"claim {claim.id}, cites",
        expected="the id of a claim of the case",
        observed=cited,
        effect="whose word this repeats is not known",
        action="add the cited claim, or correct the id",
    )
