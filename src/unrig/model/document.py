"""What is sent: documents and what their checkers said."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Revision(StrEnum):
    """How finished a document is."""

    DRAFT = "draft"
    INTERIM = "interim"
    FINAL = "final"


class Check(Struct, frozen=True, kw_only=True):
    """One independent checker's word on a document."""

    checker: str
    version: str
    result: str
    """passed, failed or not_run."""
    detail: str = ""


class Document(Struct, frozen=True, kw_only=True):
    """One document on disk."""

    id: str
    standard: str
    version: str
    path: str
    """Relative to the case folder."""
    sha256: str
    revision: Revision
    checks: tuple[Check, ...] = ()


class NeverBlock(Struct, frozen=True, kw_only=True):
    """Something that must not be denied, and why: blocking it would hit the innocent."""

    kind: str
    """authenticode_hash, name, domain, ..."""
    value: str
    reason: str
