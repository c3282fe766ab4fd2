"""Who said what, when, in which words, and whether they had it from somebody else."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from unrig.model.moment import Moment


class ClaimBasis(StrEnum):
    """What a claim rests on; a relay repeats someone else's."""

    OWN_RESPONSE = "own_response"
    OWN_TELEMETRY = "own_telemetry"
    ANALYSIS = "analysis"
    RELAY = "relay"


class Speaker(Struct, frozen=True, kw_only=True):
    """An organisation and its reliability on the Admiralty scale (A to F)."""

    organisation: str
    reliability: str


class Claim(Struct, frozen=True, kw_only=True):
    """One statement by one source. A claim of absence holds for its source, view and date only."""

    id: str
    source: Speaker
    said: Moment
    read: Moment
    about: str
    relation: str
    """attributed_to, affected, signed, first_seen, absent, ..."""
    value: str
    words: str
    """How strongly: `suspected`, `high confidence`, `moderate confidence`."""
    credibility: int
    """1 (confirmed) to 6 (cannot be judged), Admiralty scale."""
    basis: ClaimBasis
    cites: tuple[str, ...] = ()
    """Ids of the claims it repeats or rests on."""
    quote: str = ""
    """At most 300 characters."""
    reference: str = ""
    """Title of the publication."""
    tlp: str = "clear"


class NameRelation(Struct, frozen=True, kw_only=True):
    """What one naming scheme says of two names; never closed transitively."""

    id: str
    subject: str
    object: str
    kind: str
    """same_as, overlaps, subset_of, disputed."""
    scheme: str
    source: str
    said: Moment


class IndependenceRoot(Struct, frozen=True, kw_only=True):
    """A claim that rests on its own evidence, and the claims that only relay it."""

    claim: str
    relays: tuple[str, ...]


class Independence(Struct, frozen=True, kw_only=True):
    """How many sources there really are."""

    roots: tuple[IndependenceRoot, ...]
    reports: int
    """Claims in all, relays included."""


class Attribution(Struct, frozen=True, kw_only=True):
    """Who says that it was whom: never a bare name."""

    name: str
    scheme: str
    """Whose name it is."""
    claims: tuple[str, ...]
    words: tuple[str, ...]
    """In the sources' own words of strength, strongest last said first."""
    roots: int
    relays: int
    sentence: str
    """Ready to be read: who says it, in which words, on how many independent roots."""


class Hypothesis(Struct, frozen=True, kw_only=True):
    """A statement with what speaks for it and against it."""

    id: str
    statement: str
    evidence_for: tuple[str, ...]
    evidence_against: tuple[str, ...]
    likelihood: str
