"""What happened: stages, their connections, the timeline and its gaps."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from unrig.model.moment import Moment


class Certainty(StrEnum):
    """How sure an edge between two stages is."""

    SEEN = "seen"
    INFERRED = "inferred"
    GAP = "gap"


class Stage(Struct, frozen=True, kw_only=True):
    """One step of the chain, with the ids of the findings, sightings and claims that show it."""

    id: str
    title: str
    technique: str
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    when: Moment | None = None
    evidence: tuple[str, ...]


class Edge(Struct, frozen=True, kw_only=True):
    """From one stage to the next."""

    id: str
    source: str
    target: str
    certainty: Certainty
    evidence: tuple[str, ...] = ()


class TimelineEntry(Struct, frozen=True, kw_only=True):
    """One dated thing, with where it is known from."""

    id: str
    when: Moment
    what: str
    evidence: tuple[str, ...]
    source: str


GapAbout = Literal["release", "chain", "telemetry", "claims"]


class Gap(Struct, frozen=True, kw_only=True):
    """What is missing between two stages or moments, and who could know."""

    id: str
    between: tuple[str, str]
    missing: str
    about: GapAbout = "chain"
    """Whose gap it is; only what is said of the release concerns those who have it."""


class JournalEntry(Struct, frozen=True, kw_only=True):
    """One line of journal.jsonl; `previous` is the SHA-256 of the line before, which chains them."""

    number: int
    at: dt.datetime
    who: str
    unrig: str
    verb: str
    inputs: tuple[str, ...]
    """As `path sha256`."""
    packs: tuple[str, ...] = ()
    policy: str = ""
    """SHA-256 of the policy file, if one was used."""
    result: str
    """Path of the result in the case folder."""
    result_sha256: str
    previous: str
