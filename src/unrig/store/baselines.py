"""The local store of known-good releases: which, where their bytes are, how far they are trusted."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec
from msgspec import Struct

from unrig.model.artifact import Release, Trust
from unrig.model.errors import UsageError
from unrig.store import atomic, lock


class Baseline(Struct, frozen=True, kw_only=True):
    """One known-good release. `location` is where its bytes were; the facts stay in the cache."""

    release: Release
    location: str
    added: dt.datetime
    revoked: str = ""
    """Why it is no longer good; empty while it is."""


class BaselineStore(Struct, frozen=True, kw_only=True):
    """All baselines, in the order they were added."""

    schema: str = "unrig.baselines/1"
    baselines: tuple[Baseline, ...] = ()


def load(folder: Path) -> BaselineStore:
    """Read the store in `folder`; an absent one is empty. Raises UsageError where it cannot be understood."""
    path = folder / "baselines.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=BaselineStore)
    except FileNotFoundError:
        return BaselineStore()
    except (msgspec.DecodeError, OSError) as error:
        message = f"{path}: expected the baselines that `unrig baseline add` wrote, found: {error}. Restore or delete the file."
        raise UsageError(message) from error


def add(folder: Path, release: Release, location: Path, *, now: dt.datetime, trust: Trust) -> BaselineStore:
    """Add a release (or renew its trust and location) and return the store as written."""
    entry = Baseline(release=msgspec.structs.replace(release, trust=trust), location=str(location), added=now)
    with lock.waited_for(folder):
        kept = tuple(b for b in load(folder).baselines if b.release.sha256 != release.sha256)
        return _write(folder, BaselineStore(baselines=(*kept, entry)))


def remove(folder: Path, name: str) -> BaselineStore:
    """Forget one baseline by name, `name@version` or the start of its SHA-256. Raises UsageError where none fits."""
    with lock.waited_for(folder):
        gone = find(folder, name)
        return _write(folder, BaselineStore(baselines=tuple(b for b in load(folder).baselines if b != gone)))


def revoke(folder: Path, name: str, reason: str) -> BaselineStore:
    """Mark one baseline as no longer good. Raises UsageError where none fits."""
    with lock.waited_for(folder):
        bad = find(folder, name)
        known = load(folder).baselines
        marked = tuple(msgspec.structs.replace(b, revoked=reason) if b == bad else b for b in known)
        return _write(folder, BaselineStore(baselines=marked))


def find(folder: Path, name: str) -> Baseline:
    """Return the one baseline that `name` names. Raises UsageError where none or several do."""
    known = load(folder).baselines
    fits = [
        b
        for b in known
        if name in (b.release.name, f"{b.release.name}@{b.release.version}")
        or (len(name) >= SHORTEST_PREFIX and b.release.sha256.startswith(name))
    ]
    if len(fits) == 1:
        return fits[0]
    names = ", ".join(f"{b.release.name}@{b.release.version} ({b.release.sha256[:12]})" for b in known) or "none"
    raise UsageError(f"{name}: expected one baseline, found {len(fits)}. Known: {names}.")


SHORTEST_PREFIX = 8  # hex digits of a SHA-256 that a person may type instead of all 64


def _write(folder: Path, store: BaselineStore) -> BaselineStore:
    atomic.write(folder / "baselines.json", msgspec.json.format(msgspec.json.encode(store), indent=2))
    return store
