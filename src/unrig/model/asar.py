"""Facts about an asar, the archive in which Electron's programs keep their code."""

from __future__ import annotations

from msgspec import Struct

from unrig.model.signature import Bytes


class IntegrityFailure(Struct, frozen=True, kw_only=True):
    """One file that is not what the directory has the hash of."""

    path: str
    """A label (see unrig.model.paths)."""
    expected: str
    observed: str


class UnpackedFile(Struct, frozen=True, kw_only=True):
    """One file that the directory lists and that stands beside the archive, in `<archive>.unpacked`."""

    path: str
    size: int
    sha256: str = ""
    """As the directory states it; empty where it states none."""


class EntryPoint(Struct, frozen=True, kw_only=True):
    """What the package.json at the root says. Empty where it does not say it."""

    name: str = ""
    version: str = ""
    main: str = ""
    """The script that Electron runs first."""


class AsarFacts(Struct, frozen=True, kw_only=True):
    """What an asar says about itself and its program."""

    files: int
    """Those in the archive."""
    directory_sha256: str
    """What Electron compares with the hash in the program (ElectronAsarIntegrity)."""
    without_integrity: int = 0
    """Files in the archive that the directory has no hash of."""
    integrity_failures: tuple[IntegrityFailure, ...] = ()
    unpacked: tuple[UnpackedFile, ...] = ()
    executables: tuple[str, ...] = ()
    """Labels of the files with the executable flag."""
    entry_point: EntryPoint | None = None
    """None where no package.json at the root could be read."""
    gaps: tuple[Bytes, ...] = ()
    """Bytes between files that the directory does not point at."""
    trailing: Bytes | None = None
    """Bytes after the last file."""
    notes: tuple[str, ...] = ()
    """Where the directory contradicts itself or misleads, each as `path: field: expected, found`."""
