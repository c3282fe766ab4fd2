"""What the user has decided: waivers, publishers, roots, fail level."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct

from unrig.model.levels import Severity

LONGEST_WAIVER_DAYS = 180


class Waiver(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An accepted finding; names an artifact, or a signer with a component, never a path or a rule alone."""

    rule: str
    """Id of the rule, as the finding names it."""
    artifact_sha256: str = ""
    """Of the file that the finding is about; or else `signer` and `component`."""
    signer: str = ""
    """Subject of the signer's certificate, exactly as the result shows it."""
    component: str = ""
    """Name of the file, exactly as the result shows it."""
    reason: str
    """Why it is accepted; stands in every result that uses the waiver."""
    owner: str
    """Who answers for it."""
    expires: dt.date
    """Last day on which it is used."""
    ticket: str = ""
    """Where the decision is written down."""


class Publisher(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signer the user expects in releases of a product."""

    product: str
    """Name of the release."""
    signer: str
    """Organisation or whole subject of the signer's certificate."""


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The policy file. Every field has a default, so an absent file is an empty policy."""

    waivers: tuple[Waiver, ...] = ()
    """Accepted findings."""
    publishers: tuple[Publisher, ...] = ()
    """Signers expected in a product; others are told by the rule unexpected-publisher."""
    trusted_roots: tuple[str, ...] = ()
    """Paths of PEM or DER certificates that are trusted besides Microsoft's roots."""
    fail_on: Severity = Severity.HIGH
    """Severity from which a run ends with exit code 1; `--fail-on` takes precedence."""


class Pack(Struct, frozen=True, kw_only=True):
    """A set of rules or names from elsewhere, locked by SHA-256."""

    name: str
    kind: str
    version: str
    sha256: str
    licence: str
