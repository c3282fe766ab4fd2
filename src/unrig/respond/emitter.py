"""What an emitter is, and all that it may know: a digest of the case in which nothing can be denied but `DenyKey`s."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from msgspec import Struct

from unrig.model.artifact import Release
from unrig.model.document import NeverBlock, Revision
from unrig.model.exposure import Exposure
from unrig.model.lead import ManifestLead
from unrig.respond.never_block import DenyKey


class RiggedRelease(Struct, frozen=True, kw_only=True):
    """One release that vet called rigged or suspicious, with what may be denied of it."""

    release: Release
    verdict: str
    deny: tuple[DenyKey, ...]
    paths: dict[str, str]
    """SHA-256 of a rigged file to its path in the release."""
    findings: tuple[str, ...]
    """What was found, a sentence each, worst first."""
    techniques: tuple[str, ...]
    """ATT&CK ids of the findings."""
    manifests: tuple[ManifestLead, ...]


class ResponseInputs(Struct, frozen=True, kw_only=True):
    """What every emitter gets: nothing in it depends on the clock, the machine or the order of results."""

    case_id: str
    title: str
    author: str
    """Who answers for the documents: an organisation, as the user gives it."""
    generated_at: dt.datetime
    unrig_version: str
    revision: Revision
    issue: int
    """1 for the first time the documents are sent, and so on."""
    rigged: tuple[RiggedRelease, ...]
    never_block: tuple[NeverBlock, ...]
    exposures: tuple[Exposure, ...]
    unknowns: tuple[str, ...]
    """What is not known, a sentence each."""
    fix: Release | None = None
    """The repaired build, only once `verify` agreed."""


class Refusal(Struct, frozen=True, kw_only=True):
    """Why a document cannot be written from these inputs, and what would have to be there."""

    reason: str
    action: str


class Emitter(Struct, frozen=True, kw_only=True):
    """One document: a pure function from the digest to bytes. The same inputs give the same bytes."""

    id: str
    standard: str
    version: str
    """Of the standard."""
    path: str
    """Under the case's `documents` folder."""
    emit: Callable[[ResponseInputs], bytes | Refusal]
