"""Who a certificate's subject says somebody is: the organisation, by which people know a publisher."""

from __future__ import annotations

import re

PART = re.compile(r"((?:\\.|[^,+\\])+)(?:[,+]\s*|$)")
"""One `type=value` of a name as formats.x509_names writes it (RFC 4514: separators inside values are escaped)."""


def organisation_of(subject: str) -> str:
    """Return the organisation of a subject, else its common name, else the subject whole."""
    parts = [part.partition("=") for part in PART.findall(subject)]
    named = {kind: value.strip() for kind, _, value in reversed(parts)}
    return named.get("O") or named.get("CN") or subject
