"""The roots a chain may end in: Microsoft's, each within what Windows trusts it for, and those of a policy."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from msgspec import Struct

from unrig.data.roots import Root, microsoft_roots
from unrig.formats import x509, x509_names
from unrig.model.errors import FormatError, LimitError


class Anchor(Struct, frozen=True, kw_only=True):
    """One trusted root and its limits."""

    certificate: x509.Parsed
    root: Root


class Anchors:
    """Roots by subject; a certificate is parsed when a chain asks for its name."""

    def __init__(self, extra: Sequence[bytes]) -> None:
        """Take the policy's roots, in DER; FormatError where one is no certificate."""
        self._index = dict(_microsoft())
        self._extra = tuple(Root(der=encoded) for encoded in extra)
        for root in self._extra:
            subject = x509.parse(root.der).subject
            self._index[subject] = (*self._index.get(subject, ()), root)

    def named(self, subject: bytes) -> list[Anchor]:
        """Return the roots with this subject (a Name as DER)."""
        return [anchor for root in self._index.get(subject, ()) if (anchor := _anchor(root))]

    def bearer(self, name: bytes) -> Anchor | None:
        """Return a root that a reader would take this name (DER) for; None where there is none."""
        claimed = x509_names.who(name)
        if not claimed:
            return None
        own = (_anchor(root) for root in self._extra)
        return next((a for a in own if a and x509_names.who(a.certificate.subject) == claimed), _bearers().get(claimed))

    def find(self, certificate: x509.Parsed) -> Anchor | None:
        """Return the root that this very certificate is."""
        return next((a for a in self.named(certificate.subject) if a.certificate.sha256 == certificate.sha256), None)


def _anchor(root: Root) -> Anchor | None:
    """Parse a root; one of Microsoft's that this reader cannot read anchors nothing."""
    try:
        return Anchor(certificate=x509.parse(root.der), root=root)
    except (FormatError, LimitError):
        return None


@functools.cache
def _microsoft() -> dict[bytes, tuple[Root, ...]]:
    """Index Microsoft's roots by subject, parsing no more of each than that."""
    index: dict[bytes, tuple[Root, ...]] = {}
    for root in microsoft_roots():
        try:
            subject = x509.subject_of(root.der)
        except (FormatError, LimitError):
            continue
        index[subject] = (*index.get(subject, ()), root)
    return index


@functools.cache
def _bearers() -> dict[str, Anchor]:
    """Index Microsoft's roots by what a reader takes their names for; asked for only where a chain is not trusted."""
    found: dict[str, Anchor] = {}
    for root in (root for roots in _microsoft().values() for root in roots):
        anchor = _anchor(root)
        if anchor and (claimed := x509_names.who(anchor.certificate.subject)):
            found.setdefault(claimed, anchor)
    return found


def preload() -> None:
    """Read Microsoft's roots from disk, so that a sealed worker need not."""
    _microsoft()


def refusal(root: Root, purpose: str, leaf_issued: int, moment: int) -> str:
    """Return why Windows does not trust a root for this; empty where it does.

    `leaf_issued` is the leaf's notBefore, `moment` when it signed, both in Unix seconds.
    """
    if root.usages and purpose not in root.usages:
        return f"the root is not trusted for {purpose}"
    if purpose in root.refused_usages:
        return f"the root is refused for {purpose}"
    if root.disabled_at and moment >= root.disabled_at:
        return "the root was disabled before this was signed"
    scoped = not root.issued_before_usages or purpose in root.issued_before_usages
    # Microsoft's own roots, the six without listed usages: its time-stamp authority went on under the root of 2001
    # until 2021 (Visual C++ runtimes of 2020 have nothing else), though the list says NotBefore 2017-04-30
    exempt = purpose == "time_stamping" and not root.usages
    if root.issued_before and scoped and not exempt and leaf_issued >= root.issued_before:
        return "the root is not trusted for certificates issued so late"
    return ""
