"""Where sources that rest on evidence of their own say different things of the same thing.

Only relations that have one true answer are compared: several may well see a thing first, each on its own devices.
Moments that overlap do not differ. A claim of absence contradicts nothing: it holds for its source, view and date.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct

from unrig.case.timeline import claimed_moment
from unrig.model.claim import Claim, ClaimBasis
from unrig.model.moment import surely_before

ONE_ANSWER = frozenset({"sleeps", "signed", "fixed", "removed", "registered", "exposed_consoles", "initial_vector"})


class Contradiction(Struct, frozen=True, kw_only=True):
    """One question, the ids of two claims that cannot both be right, and all answers with who gave them."""

    between: tuple[str, str]
    says: str


def contradictions(claims: Iterable[Claim]) -> tuple[Contradiction, ...]:
    """Return the questions on which roots differ, sorted by what they are about."""
    asked: defaultdict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.relation in ONE_ANSWER and claim.basis is not ClaimBasis.RELAY:
            asked[claim.about, claim.relation].append(claim)
    return tuple(_contradiction(asked[key]) for key in sorted(asked) if _apart(asked[key]) is not None)


def _contradiction(claims: list[Claim]) -> Contradiction:
    pair = _apart(claims)
    assert pair is not None
    answers: dict[str, list[str]] = {}
    for claim in claims:
        answers.setdefault(claim.value, []).append(claim.source.organisation)
    about = f"{claims[0].about}, {claims[0].relation.replace('_', ' ')}"
    return Contradiction(between=(pair[0].id, pair[1].id), says=f"sources differ on {about}: {_listed(answers)}")


def _apart(claims: list[Claim]) -> tuple[Claim, Claim] | None:
    pairs = ((one, other) for at, one in enumerate(claims) for other in claims[at + 1 :])
    return next((pair for pair in pairs if _differ(*pair)), None)


def _differ(one: Claim, other: Claim) -> bool:
    first, second = claimed_moment(one), claimed_moment(other)
    if first is not None and second is not None:
        return surely_before(first, second) or surely_before(second, first)
    return one.value != other.value


def _listed(answers: Mapping[str, list[str]]) -> str:
    return "; ".join(f"{value} ({', '.join(dict.fromkeys(said))})" for value, said in answers.items())
