"""How many sources there really are: a relay is not a source, and a word that comes back round is nobody's.

A root is a claim that rests on evidence of its own (its basis is no relay), whatever it cites besides. A relay counts
for the roots that its citations lead to, through other relays; one that leads to none (it cites nothing, or only
relays that cite each other) is unrooted: it proves nothing, and that is a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from unrig.model.claim import Claim, ClaimBasis, Independence, IndependenceRoot


def independence(claims: Iterable[Claim]) -> Independence:
    """Return the roots among the claims, each with the relays that lead to it, sorted by id."""
    by_id = {claim.id: claim for claim in claims}
    relays: dict[str, set[str]] = {claim.id: set() for claim in by_id.values() if _is_root(claim)}
    for claim in by_id.values():
        for root in () if _is_root(claim) else roots_of(claim.id, by_id):
            relays[root].add(claim.id)
    return Independence(
        roots=tuple(IndependenceRoot(claim=root, relays=tuple(sorted(relays[root]))) for root in sorted(relays)),
        reports=len(by_id),
    )


def roots_of(claim_id: str, by_id: Mapping[str, Claim]) -> frozenset[str]:
    """Return the ids of the roots a claim rests on: itself, or those its citations lead to. Cycles end the walk."""
    found: set[str] = set()
    seen: set[str] = set()
    open_ids = [claim_id]
    while open_ids:
        here = open_ids.pop()
        if here in seen or here not in by_id:
            continue
        seen.add(here)
        if _is_root(by_id[here]):
            found.add(here)
        else:
            open_ids.extend(by_id[here].cites)
    return frozenset(found)


def unrooted(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Return the relays whose citations lead to no root, in the order given."""
    by_id = {claim.id: claim for claim in claims}
    return tuple(claim for claim in by_id.values() if not roots_of(claim.id, by_id))


def organisations(claim_ids: Iterable[str], by_id: Mapping[str, Claim]) -> frozenset[str]:
    """Return who stands behind the roots of these claims: one organisation that speaks twice is one source."""
    return frozenset(by_id[root].source.organisation for claim_id in claim_ids for root in roots_of(claim_id, by_id))


def _is_root(claim: Claim) -> bool:
    return claim.basis is not ClaimBasis.RELAY
