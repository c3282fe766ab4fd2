"""What the user has decided: waivers, publishers, roots, fail level."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct

from unrig.model.levels import Severity

LONGEST_WAIVER_DAYS = 180


class Waiver(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An accepted finding; names an artifact, or a signer with a component, never a path or a rule alone."""

    rule: str
    artifact_sha256: str = ""
    signer: str = ""
    component: str = ""
    reason: str
    owner: str
    expires: dt.date
    ticket: str = ""


class Publisher(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signer the user expects in releases of a product."""

    product: str
    signer: str


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The policy file. Every field has a default, so an absent file is an empty policy."""

    waivers: tuple[Waiver, ...] = ()
    publishers: tuple[Publisher, ...] = ()
    trusted_roots: tuple[str, ...] = ()
    """Paths of PEM or DER certificates that are trusted besides Microsoft's roots."""
    fail_on: Severity = Severity.HIGH


class Pack(Struct, frozen=True, kw_only=True):
    """A set of rules or names from elsewhere, locked by SHA-256."""

    name: str
    kind: str
    version: str
    sha256: str
    licence: str
