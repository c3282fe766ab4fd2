"""The packs that a user added: copied, and locked by SHA-256 so that none changes behind one's back."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
from msgspec import Struct

from unrig.model.errors import UsageError
from unrig.model.policy import Pack
from unrig.store import atomic, lock

LOCK = "packs.lock.json"


class PackLock(Struct, frozen=True, kw_only=True):
    """What was added, by name."""

    schema: str = "unrig.packs/1"
    packs: tuple[Pack, ...] = ()


class Locked(Struct, frozen=True, kw_only=True):
    """One pack with its bytes, as locked."""

    pack: Pack
    content: bytes


def load(folder: Path) -> PackLock:
    """Read the lock file in `folder`; an absent one is empty. Raises UsageError where it cannot be understood."""
    path = folder / LOCK
    try:
        return msgspec.json.decode(path.read_bytes(), type=PackLock)
    except FileNotFoundError:
        return PackLock()
    except (msgspec.DecodeError, OSError) as error:
        message = (
            f"{path}: expected the lock that `unrig pack add` wrote, found: {error}. Restore it or add the packs anew."
        )
        raise UsageError(message) from error


def add(folder: Path, pack: Pack, content: bytes) -> PackLock:
    """Copy a pack's bytes and lock them; a pack of the same name gives way."""
    with lock.waited_for(folder):
        atomic.write(folder / pack.sha256, content)
        kept = tuple(known for known in load(folder).packs if known.name != pack.name)
        locked = PackLock(packs=tuple(sorted((*kept, pack), key=lambda p: p.name)))
        atomic.write(folder / LOCK, msgspec.json.format(msgspec.json.encode(locked), indent=2))
        return locked


def read(folder: Path, pack: Pack) -> Locked:
    """Return a pack's bytes. Raises UsageError where they are gone or no longer those that were locked."""
    path = folder / pack.sha256
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: expected pack {pack.name}, found: {error.strerror}. Add it again.") from error
    found = hashlib.sha256(content).hexdigest()
    if found != pack.sha256:
        message = f"{path}: expected pack {pack.name} with SHA-256 {pack.sha256}, found {found}. Add it again from its source."
        raise UsageError(message)
    return Locked(pack=pack, content=content)


def changed(folder: Path) -> tuple[str, ...]:
    """Return a sentence for each pack that is not as it was locked; empty where all hold."""
    said: list[str] = []
    for pack in load(folder).packs:
        try:
            read(folder, pack)
        except UsageError as error:
            said.append(str(error))
    return tuple(said)
