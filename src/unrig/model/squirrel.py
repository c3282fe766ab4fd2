"""Facts about Squirrel's updates: what the list RELEASES says of packages, and the digest it would be compared with."""

from __future__ import annotations

from msgspec import Struct


class ListedPackage(Struct, frozen=True, kw_only=True):
    """One line of the list."""

    name: str
    """A label: the file's name, without an address in front of it."""
    sha1: str
    """Lower-case hex."""
    size: int


class UpdateListFacts(Struct, frozen=True, kw_only=True):
    """A list of packages; empty for any other text."""

    packages: tuple[ListedPackage, ...] = ()


class PackageDigestFacts(Struct, frozen=True, kw_only=True):
    """The digest of an archive that such a list would hold."""

    sha1: str
