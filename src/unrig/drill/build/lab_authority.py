"""The lab's certificate authority: who signs in a drill, and what a drill's policy may trust.

The keys live in memory only and every subject says `UNRIG DRILL, NOT A PUBLISHER`. What is public
here takes names and seeds and gives certificates; nothing here signs what it is handed.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from cryptography.hazmat.primitives import serialization
from msgspec import structs

from unrig.drill.build._certificates import (
    CLIENT_AUTH,
    CODE_SIGNING,
    TIME_STAMPING,
    WARNING,
    Holder,
    Request,
    issue,
    revocation_list,
)
from unrig.drill.build.payload import PayloadSpec, fill

__all__ = ["PUBLISHERS", "WARNING", "Standing", "lab_crls", "lab_roots", "publisher_certificate"]

PUBLISHERS = (
    "Contoso Voice Ltd",
    "Fabrikam Graphics Inc",
    "Litware Conferencing GmbH",
    "Northwind Codecs AB",
    "Tailspin Runtime Corp",
)
"""Organisations that exist in no register; a drill signs for no other name."""
_LAB = "Unrig Drill Lab"
_ROOT = Request(role="Root", organisation=_LAB, not_before=2010, not_after=2050)
_FROM, _UNTIL = 2020, 2045


class Standing(StrEnum):
    """How the signer's certificate stands."""

    GOOD = "good"
    RENEWED = "renewed"
    """The same organisation by the same authority, with a new key, as after a rotation."""
    EXPIRED = "expired"
    """Valid 2012 to 2015 only."""
    REVOKED = "revoked"
    """On the lab's CRL from 2022 on."""
    WRONG_USAGE = "wrong_usage"
    """For client authentication, not for code signing."""
    SELF_ISSUED = "self_issued"
    """The same organisation, under a root of its own that no policy trusts."""
    IMPERSONATED = "impersonated"
    """Under a root that bears the name of the lab's, not its key."""
    ORPHANED = "orphaned"
    """The same root issued it, and is not carried."""


def lab_roots() -> tuple[bytes, ...]:
    """Return the DER of the lab's root, for the `trusted_roots` of a drill's policy."""
    return _root().chain()


def lab_crls() -> tuple[bytes, ...]:
    """Return the DER of the lab's CRL: it names the revoked certificate of every publisher."""
    revoked = tuple(_publisher(name, Standing.REVOKED).certificate for name in PUBLISHERS)
    return (revocation_list(_authority(), revoked),)


def publisher_certificate(publisher: str, standing: Standing = Standing.GOOD) -> bytes:
    """Return the DER of the certificate that a publisher signs with in drills.

    Raises:
        ValueError: the publisher is none of `PUBLISHERS`.
    """
    return _publisher(publisher, standing).certificate.public_bytes(serialization.Encoding.DER)


@cache
def _root() -> Holder:
    return issue(_ROOT, None)


@cache
def _authority() -> Holder:
    return issue(Request(role="Code Signing CA", organisation=_LAB, not_before=2010, not_after=2049), _root())


@cache
def _time_stamper() -> Holder:
    request = Request(role="Time Stamp", organisation=_LAB, not_before=2010, not_after=2048, usage=TIME_STAMPING)
    return issue(request, _authority())


@cache
def _publisher(name: str, standing: Standing) -> Holder:
    """Return who signs; a publisher has one subject, one key until it is renewed, and a certificate for each standing."""
    if name not in PUBLISHERS:
        raise ValueError(f"drills sign for {', '.join(PUBLISHERS)} only, not for {name}")
    expired = standing is Standing.EXPIRED
    request = Request(
        role="Signer",
        edition=standing,
        organisation=name,
        not_before=2012 if expired else _FROM,
        not_after=2015 if expired else _UNTIL,
        usage=CLIENT_AUTH if standing is Standing.WRONG_USAGE else CODE_SIGNING,
        own_key=f"{name}/renewed" if standing is Standing.RENEWED else "",
    )
    if standing is Standing.SELF_ISSUED:
        own_root = issue(Request(role="Own Root", organisation=name, not_before=2010, not_after=2050), None)
        return structs.replace(issue(request, own_root), above=(own_root.certificate,))
    if standing in (Standing.IMPERSONATED, Standing.ORPHANED):
        false_root = issue(structs.replace(_ROOT, edition="false", own_key="a key that the lab's root never had"), None)
        above = (false_root.certificate,) if standing is Standing.IMPERSONATED else ()
        return structs.replace(issue(request, false_root), above=above)
    return issue(request, _authority())


def _spare_certificate(seed: int, spec: PayloadSpec, role: str) -> bytes:
    """Return the DER of a self-signed certificate that no chain uses, an inert payload in its extension."""
    request = Request(
        role=role,
        organisation=_LAB,
        not_before=_FROM,
        not_after=_UNTIL,
        usage=CODE_SIGNING,
        extra=fill(seed, f"certificate/{role}", spec),
    )
    return issue(request, None).chain()[0]


def _spare_crl(seed: int, spec: PayloadSpec) -> bytes:
    """Return the DER of a CRL that revokes nothing, an inert payload in its extension."""
    return revocation_list(_root(), (), fill(seed, "crl", spec))
