"""Facts about the signature of a package: which of its members it covers, and whether they are as signed."""

from __future__ import annotations

from msgspec import Struct


class AlteredMember(Struct, frozen=True, kw_only=True):
    """One member that is not as it was signed."""

    path: str
    expected: str
    """As declared: algorithm and digest in hex, or a size."""
    observed: str


class PackageSignatureFacts(Struct, frozen=True, kw_only=True):
    """What the signature of a jar, NuGet package or app package covers; everything is empty for an unsigned archive."""

    kind: str = ""
    """jar, nuget or appx; empty where there is no signature."""
    covered: int = 0
    """Members whose content is as signed."""
    altered: tuple[AlteredMember, ...] = ()
    """The first 256."""
    missing: tuple[str, ...] = ()
    """Members that are signed and not there; the first 256."""
    uncovered: tuple[str, ...] = ()
    """Members that nothing signs; the first 256. What belongs to the signature itself is none."""
    uncovered_count: int = 0
    damaged: tuple[str, ...] = ()
    """What could not be read or was not checked, each as `place: expected, found`."""
