"""The packs of a run: those that were added and locked, and those of a folder that the user names."""

from __future__ import annotations

import hashlib
from pathlib import Path

from msgspec import Struct

from unrig.model.errors import FormatError, UsageError
from unrig.model.policy import Pack
from unrig.model.rule import Listed
from unrig.packs import hashes
from unrig.store import locations, pack_store


class InForce(Struct, frozen=True, kw_only=True):
    """Packs by name, and what they list by SHA-256; where two list the same file, the first by name speaks."""

    packs: tuple[Pack, ...]
    listed: dict[str, Listed]


class _Read(Struct, frozen=True, kw_only=True):
    pack: Pack
    labels: dict[str, str]


def in_force(folder: Path | None) -> InForce:
    """Return the packs added and those in `folder`. Raises UsageError where one cannot be read or is not as locked."""
    store = store_folder()
    read = [_read(pack.name, pack_store.read(store, pack).content) for pack in pack_store.load(store).packs]
    if folder is not None:
        read += [_read(str(path), _bytes(path)) for path in _files(folder)]
    read.sort(key=lambda one: (one.pack.name, one.pack.sha256), reverse=True)
    listed = {sha: Listed(pack=one.pack.name, label=label) for one in read for sha, label in one.labels.items()}
    packs = {one.pack.sha256: one.pack for one in read}
    return InForce(packs=tuple(reversed(packs.values())), listed=listed)


def add(path: Path) -> Pack:
    """Lock a hash list by its SHA-256 and keep a copy. Raises UsageError, also for its first bad line."""
    raw = _bytes(path)
    pack = _read(str(path), raw).pack
    pack_store.add(store_folder(), pack, raw)
    return pack


def store_folder() -> Path:
    """Return where added packs are kept."""
    return locations.data_folder() / "packs"


def _read(where: str, raw: bytes) -> _Read:
    """Read one list; its file's name stands in where its head gives none."""
    try:
        listed = hashes.read(raw, name=Path(where).name)
    except FormatError as error:
        raise UsageError(f"{where}: {error}. Mend it, or leave it out.") from error
    sha256 = hashlib.sha256(raw).hexdigest()
    pack = Pack(name=listed.name, kind=hashes.KIND, version=listed.version, sha256=sha256, licence=listed.licence)
    return _Read(pack=pack, labels=listed.labels)


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file())
    except OSError as error:
        raise UsageError(f"{folder}: expected a folder with packs, found: {error.strerror}.") from error


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: expected a pack that can be read, found: {error.strerror}.") from error
