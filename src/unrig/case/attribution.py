"""Who says that it was whom, in which words, on how many independent roots: never a bare name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from unrig.case.claims import said_order
from unrig.case.independence import organisations
from unrig.model import moment_text
from unrig.model.claim import Attribution, Claim, ClaimBasis

ATTRIBUTES = "attributed_to"
WITHHOLDS = "attribution_withheld"


def attributions(claims: Iterable[Claim]) -> tuple[Attribution, ...]:
    """Return one attribution for each name of each scheme, those with most independent roots first."""
    by_id = {claim.id: claim for claim in claims}
    named: dict[str, list[Claim]] = {}
    for claim in sorted(by_id.values(), key=said_order):
        if claim.relation == ATTRIBUTES and claim.value:
            named.setdefault(claim.value, []).append(claim)
    found = [_attribution(value, said, by_id) for value, said in named.items()]
    return tuple(sorted(found, key=lambda one: (-one.roots, one.scheme, one.name)))


def split_name(value: str, fallback: str) -> tuple[str, str]:
    """Return scheme and name of `scheme:name`; `fallback` is the scheme of a name without one."""
    scheme, separator, name = value.partition(":")
    return (scheme.strip(), name.strip()) if separator and scheme.strip() and name.strip() else (fallback, value)


def _attribution(value: str, said: Sequence[Claim], by_id: Mapping[str, Claim]) -> Attribution:
    scheme, name = split_name(value, said[0].source.organisation)
    roots = sorted(organisations((claim.id for claim in said), by_id))
    against = [claim for claim in by_id.values() if claim.relation == WITHHOLDS and claim.value == value]
    return Attribution(
        name=name,
        scheme=scheme,
        claims=tuple(claim.id for claim in said),
        words=tuple(dict.fromkeys(claim.words for claim in said)),
        roots=len(roots),
        relays=sum(claim.basis is ClaimBasis.RELAY for claim in said),
        sentence=" ".join((f"{name} (a name of {scheme}):", *_voices(said), _count(roots, said), *_doubts(against))),
    )


def _voices(said: Sequence[Claim]) -> list[str]:
    own = [claim for claim in said if claim.basis is not ClaimBasis.RELAY]
    return [f"{_voice(claim)}." for claim in own] or ["nobody here says so on evidence of their own."]


def _voice(claim: Claim) -> str:
    return f"{claim.source.organisation} says so ({claim.words}, {moment_text.write(claim.said)})"


def _count(roots: Sequence[str], said: Sequence[Claim]) -> str:
    relays = [claim.source.organisation for claim in said if claim.basis is ClaimBasis.RELAY]
    repeated = f"; repeated by {', '.join(dict.fromkeys(relays))}" if relays else ""
    resting = f" ({', '.join(roots)})" if roots else ""
    return f"{_number(len(roots), 'independent root')}{resting} in {_number(len(said), 'report')}{repeated}."


def _number(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _doubts(against: Sequence[Claim]) -> list[str]:
    return [f"{claim.source.organisation} withholds it ({claim.words})." for claim in sorted(against, key=said_order)]
