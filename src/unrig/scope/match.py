"""Which rows of an inventory are the rigged thing, which are proven good, and which cannot be told.

Only a key that discriminates (`unrig.model.identity`) makes *affected*, *not affected* or *fixed*. A product's name and
version never do: 3CX 18.11.1213 was good on Windows and rigged on macOS, so the same number stands on both sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum

from msgspec import Struct

from unrig.model.exposure import InventoryRow
from unrig.model.identity import Identity, discriminating_pairs
from unrig.model.lead import HashLead, Lead, ManifestLead
from unrig.model.problem import Problem, ProblemKind, new_problem
from unrig.scope.words import product_key, purl_word

SHARED_BY_VERSIONS = frozenset({"name", "version", "arch", "platform", "signer"})
"""Keys that describe and never prove, whatever a lead says of them."""


class State(IntEnum):
    """The four answers, in the order in which one row outranks another on the same device."""

    AFFECTED = 3
    UNDER_INVESTIGATION = 2
    FIXED = 1
    NOT_AFFECTED = 0


class Match(Struct, frozen=True, kw_only=True):
    """A thing, and the key by which a row was found to be it."""

    identity: Identity
    key: str


class Known(Struct, frozen=True, kw_only=True):
    """Things by the keys that tell them: key name, then value, to the identity."""

    by_key: dict[str, dict[str, Identity]]

    def find(self, keys: Iterable[tuple[str, str]]) -> Match | None:
        """Return the identity that a row's keys name, and by which key; None if there is none."""
        for key, value in keys:
            identity = self.by_key.get(key, {}).get(value)
            if identity is not None:
                return Match(identity=identity, key=key)
        return None


class Decision(Struct, frozen=True, kw_only=True):
    """What one row says of its device."""

    state: State
    identity: Identity
    matched_by: tuple[str, ...]
    reason: str
    missing: tuple[str, ...] = ()


class MatchIndex(Struct, frozen=True, kw_only=True):
    """Everything rows are matched against, made once for a run."""

    rigged: Known
    fixed: Known
    good: Known
    siblings: frozenset[str]
    """SHA-256 of the clean files that ship beside the rigged ones: good bytes, yet the release is on the device."""
    suspects: frozenset[str]
    """SHA-256 that a manifest lead marks, but no hash lead calls discriminating."""
    products: dict[str, str]
    """Folded product names, each with the name as the leads say it."""
    upgrade_codes: frozenset[str]
    bundle_ids: frozenset[str]
    releases: frozenset[tuple[str, str]]
    """(version, platform) of the rigged things, where leads say them: where to look first, never a proof."""
    problems: tuple[Problem, ...] = ()


def build_index(
    *,
    leads: tuple[Lead, ...],
    good: tuple[Identity, ...] = (),
    fixed: tuple[Identity, ...] = (),
    products: tuple[str, ...] = (),
) -> MatchIndex:
    """Return the index. A key that is on the rigged side and on the good or fixed side proves nothing: out, and told."""
    identities = tuple(lead.identity for lead in leads if isinstance(lead, HashLead))
    manifests = tuple(lead for lead in leads if isinstance(lead, ManifestLead))
    sides = (
        _known(map(_as_told, identities)),
        _known(tuple(map(_by_content, fixed))),
        _known(tuple(map(_by_content, good))),
    )
    clashes = sorted(_pairs(sides[0]) & (_pairs(sides[1]) | _pairs(sides[2])))
    rigged, fixed_known, good_known = (_without(side, clashes) for side in sides)
    marked = frozenset(sha256 for lead in manifests for sha256 in lead.rigged)
    shipped = frozenset(entry.sha256 for lead in manifests for entry in lead.entries)
    proven = frozenset(rigged.by_key.get("sha256", {}))
    return MatchIndex(
        rigged=rigged,
        fixed=fixed_known,
        good=good_known,
        siblings=shipped - marked - proven,
        suspects=(marked | {value for key, value in clashes if key == "sha256"}) - proven,
        products={key: name for name in (*products, *(m.product for m in manifests)) if (key := product_key(name))},
        upgrade_codes=frozenset(i.upgrade_code.strip("{}").upper() for i in identities) - {""},
        bundle_ids=frozenset(i.bundle_id for i in identities) - {""},
        releases=_releases(identities, manifests),
        problems=tuple(map(_clash, clashes)),
    )


def decide(row: InventoryRow, index: MatchIndex) -> Decision | None:
    """Return what a row says of its device, or None if it says nothing about this case."""
    keys = tuple(identity_keys(row.identity))
    if match := index.rigged.find(keys):
        return Decision(
            state=State.AFFECTED,
            identity=match.identity,
            matched_by=(match.key,),
            reason=f"its {match.key} is that of the rigged {_name(match.identity)}, and of no known good one",
        )
    if row.identity.sha256 in index.siblings or row.identity.sha256 in index.suspects:
        return _beside(row, index)
    if match := index.fixed.find(keys):
        return _proven(State.FIXED, match, f"its {match.key} is that of the build that vet found good")
    if match := index.good.find(keys):
        return _proven(State.NOT_AFFECTED, match, f"its {match.key} is that of a known good release")
    return _of_product(row, index)


def product_name(row: InventoryRow, index: MatchIndex) -> str:
    """Return the product as the leads call it: inventories spell one product in many ways."""
    return index.products.get(product_key(row.product), row.product)


def identity_keys(identity: Identity) -> Iterator[tuple[str, str]]:
    """Yield the keys that a row or component has and that can prove something, strongest first."""
    if identity.sha256:
        yield "sha256", identity.sha256
    for algorithm, value in sorted(identity.authenticode_hash.items()):
        yield f"authenticode_hash.{algorithm}", value
    yield from (("cdhash", value) for value in identity.cdhash)
    for key, value in (
        ("purl", purl_word(identity.purl) if identity.purl else ""),
        ("upgrade_code", identity.upgrade_code.strip("{}").upper()),
        ("bundle_id", identity.bundle_id),
    ):
        if value:
            yield key, value


def _beside(row: InventoryRow, index: MatchIndex) -> Decision:
    told = "marks, though nothing shows it to differ from every known good file"
    if row.identity.sha256 in index.siblings:
        told = "ships beside the rigged files; nothing hides in it, so it cannot say whether they are there"
    return _open_question(row, index, f"this file is one that the rigged release {told}", ("sha256",), ("sha256",))


def _proven(state: State, match: Match, reason: str) -> Decision:
    return Decision(state=state, identity=match.identity, matched_by=(match.key,), reason=reason)


def _of_product(row: InventoryRow, index: MatchIndex) -> Decision | None:
    by = _product_keys(row, index)
    if not by:
        return None
    if row.identity.sha256:
        reason = "its SHA-256 is neither that of a rigged file nor of a release known to be good: vet that release"
        return _open_question(row, index, reason, by, ("baseline",))
    first = (row.version, row.platform) in index.releases
    reason = "the inventory says no hash, and a version number alone stands for good and rigged builds"
    if first:
        reason = f"version and platform are those of the rigged release (look here first), but {reason}"
    return _open_question(row, index, reason, by, ("sha256",))


def _product_keys(row: InventoryRow, index: MatchIndex) -> tuple[str, ...]:
    said = (
        ("bundle_id", row.identity.bundle_id in index.bundle_ids),
        ("name", product_key(row.product) in index.products),
        ("upgrade_code", row.identity.upgrade_code in index.upgrade_codes),
    )
    return tuple(key for key, matches in said if matches)


def _open_question(
    row: InventoryRow, index: MatchIndex, reason: str, by: tuple[str, ...], missing: tuple[str, ...]
) -> Decision:
    identity = Identity(name=product_name(row, index), version=row.version, platform=row.platform, arch=row.arch)
    return Decision(state=State.UNDER_INVESTIGATION, identity=identity, matched_by=by, reason=reason, missing=missing)


Pairs = tuple[tuple[str, str], ...]


def _as_told(identity: Identity) -> tuple[Identity, Pairs]:
    return identity, discriminating_pairs(identity)


def _by_content(identity: Identity) -> tuple[Identity, Pairs]:
    """Return a good identity with its keys: its own bytes name it, whatever else it shares with the rigged one."""
    told = discriminating_pairs(identity)
    own = ("sha256", identity.sha256)
    return identity, told if not identity.sha256 or own in told else (*told, own)


def _known(things: Iterable[tuple[Identity, Pairs]]) -> Known:
    by_key: dict[str, dict[str, Identity]] = {}
    for identity, keys in things:
        for key, value in keys:
            if key.partition(".")[0] not in SHARED_BY_VERSIONS:
                by_key.setdefault(key, {}).setdefault(_spelled(key, value), identity)
    return Known(by_key=by_key)


def _spelled(key: str, value: str) -> str:
    if key == "purl":
        return purl_word(value) or value
    return value.strip("{}").upper() if key == "upgrade_code" else value


def _pairs(known: Known) -> set[tuple[str, str]]:
    return {(key, value) for key, values in known.by_key.items() for value in values}


def _without(known: Known, clashes: list[tuple[str, str]]) -> Known:
    gone = set(clashes)
    return Known(
        by_key={
            key: {value: identity for value, identity in values.items() if (key, value) not in gone}
            for key, values in known.by_key.items()
        }
    )


def _releases(identities: tuple[Identity, ...], manifests: tuple[ManifestLead, ...]) -> frozenset[tuple[str, str]]:
    platforms = {identity.platform for identity in identities} - {""}
    said = {(identity.version, identity.platform) for identity in identities if identity.platform}
    said |= {(lead.version, platform) for lead in manifests for platform in platforms}
    return frozenset((version, platform) for version, platform in said if version)


def _name(identity: Identity) -> str:
    return identity.name or "file"


def _clash(pair: tuple[str, str]) -> Problem:
    key, value = pair
    return new_problem(
        kind=ProblemKind.NOT_EVALUATED,
        where=f"leads: {key} {value}",
        expected="a key that is either rigged or known good",
        observed="both a lead and a known good or fixed release have it",
        effect="rows with this key are under investigation, not decided",
        action="vet the release that is called good again, or withdraw the lead",
    )
