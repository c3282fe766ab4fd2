"""Facts about a program built with Electron: what it demands of the archive that holds its code."""

from __future__ import annotations

from msgspec import Struct


class AsarHash(Struct, frozen=True, kw_only=True):
    """The hash that the program has of one archive's directory."""

    path: str
    """A label, relative to the program's folder, separated by `/`."""
    algorithm: str
    value: str
    """Lower-case hex."""


class ElectronFacts(Struct, frozen=True, kw_only=True):
    """What stands in the program; empty where it is none of Electron's."""

    hashes: tuple[AsarHash, ...] = ()
    fuses: str = ""
    """One character a fuse, as they stand behind the sentinel: 0 off, 1 on, r removed. Empty where there is none."""
    checks_archive: bool = False
    """The fuse EnableEmbeddedAsarIntegrityValidation is on: the program refuses an archive with another hash."""
