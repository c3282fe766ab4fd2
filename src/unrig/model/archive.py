"""Facts about the structure of an archive: what its own directory does and does not explain."""

from __future__ import annotations

from msgspec import Struct

from unrig.model.signature import Bytes


class ListedMember(Struct, frozen=True, kw_only=True):
    """One member as listed, with the hash of its content: what a warm run needs instead of opening it."""

    path: str
    """A label (see unrig.model.paths), relative to the container."""
    size: int
    sha256: str
    """Empty where the member could not be read (a Problem says why)."""
    format: str
    """Told by structure; empty where it could not be read."""
    index: int
    """Position in the container, the handle by which a worker finds it again."""
    offset: int = 0
    """Of its header in the container."""
    kind: str = "file"
    """file, folder, symlink, device: only files are read."""


class CabinetLinks(Struct, frozen=True, kw_only=True):
    """What a cabinet says of the set that it belongs to. Names are labels, empty where there is none."""

    set_id: int
    number: int
    """Its place in the set, from 0."""
    previous: str = ""
    next: str = ""
    comes_on: bool = False
    """A file of it begins in the cabinet before."""
    goes_on: bool = False
    """A file of it ends in the next cabinet."""


class ArchiveFacts(Struct, frozen=True, kw_only=True):
    """What an archive holds besides its members."""

    format: str
    members: int
    prefix: Bytes | None = None
    """Bytes before the first structure."""
    gaps: tuple[Bytes, ...] = ()
    """Bytes between structures that the directory does not point at."""
    trailing: Bytes | None = None
    """Bytes after the last structure."""
    duplicates: tuple[str, ...] = ()
    """Labels that occur more than once."""
    mismatches: tuple[str, ...] = ()
    """Where local header and directory disagree, each as `path: field: local, directory`."""
    comment: str = ""
    cabinet: CabinetLinks | None = None
    """None for what is no cabinet, and for a cabinet that names no other."""
