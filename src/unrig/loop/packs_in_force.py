"""The packs of a run: those that were added and locked, and those of a folder that the user names."""

from __future__ import annotations

import hashlib
from pathlib import Path

from msgspec import Struct

from unrig.model.errors import FormatError, UsageError
from unrig.model.pack import HashList, HijackList, PackContent, PackKind, ReadPack, YaraSource
from unrig.model.policy import Pack
from unrig.model.rule import Hijackable, Listed
from unrig.packs import PACK_KINDS
from unrig.store import locations, pack_store
from unrig.vet.yara_calls import YaraPack


class PackInForce(Struct, frozen=True, kw_only=True):
    """One pack with what it holds."""

    pack: Pack
    content: PackContent


class InForce(Struct, frozen=True, kw_only=True):
    """The packs of a run, sorted by name; the same bytes are there once."""

    read: tuple[PackInForce, ...]

    @property
    def packs(self) -> tuple[Pack, ...]:
        """What a result says of them."""
        return tuple(one.pack for one in self.read)

    @property
    def hunted(self) -> tuple[Pack, ...]:
        """Those that say something of events; the others are for files."""
        return tuple(one.pack for one in self.read if isinstance(one.content, HijackList))

    @property
    def listed(self) -> dict[str, Listed]:
        """Every file that a hash list names; where two name the same file, the first by name speaks."""
        return {
            sha256: Listed(pack=one.pack.name, label=label)
            for one in reversed(self.read)
            if isinstance(one.content, HashList)
            for sha256, label in one.content.labels.items()
        }

    @property
    def hijackable(self) -> dict[str, Hijackable]:
        """Every library that programs load from their own folder; the first pack by name speaks."""
        return {
            name: Hijackable(pack=one.pack.name, vendor=library.vendor, programs=library.programs)
            for one in reversed(self.read)
            if isinstance(one.content, HijackList)
            for name, library in one.content.libraries.items()
        }

    @property
    def yara(self) -> tuple[YaraPack, ...]:
        """The packs of YARA rules."""
        return tuple(
            YaraPack(sha256=one.pack.sha256, name=one.pack.name, text=one.content.text)
            for one in self.read
            if isinstance(one.content, YaraSource)
        )


def in_force(folder: Path | None) -> InForce:
    """Return the packs added and those in `folder`. Raises UsageError where one cannot be read or is not as locked."""
    store = store_folder()
    read = [_locked(store, pack) for pack in pack_store.load(store).packs]
    if folder is not None:
        read += [_read(path, _bytes(path)) for path in _files(folder)]
    read.sort(key=lambda one: (one.pack.name, one.pack.sha256))
    once: dict[str, PackInForce] = {}
    for one in read:
        once.setdefault(one.pack.sha256, one)
    return InForce(read=tuple(once.values()))


def add(path: Path) -> Pack:
    """Lock a pack by its SHA-256 and keep a copy. Raises UsageError, also for the first thing in it that is wrong."""
    raw = _bytes(path)
    pack = _read(path, raw).pack
    pack_store.add(store_folder(), pack, raw)
    return pack


def store_folder() -> Path:
    """Return where added packs are kept."""
    return locations.data_folder() / "packs"


def _read(path: Path, raw: bytes) -> PackInForce:
    """Read one pack as the kind that its name tells; that name stands in where the pack does not name itself."""
    kind = _kind_by_name(path)
    said = _said(kind, raw, str(path))
    pack = Pack(
        name=said.name or path.name,
        kind=kind.id,
        version=said.version,
        sha256=hashlib.sha256(raw).hexdigest(),
        licence=said.licence,
    )
    return PackInForce(pack=pack, content=said.content)


def _locked(store: Path, pack: Pack) -> PackInForce:
    """Read one pack that was added, as the kind it was added as."""
    kind = next((kind for kind in PACK_KINDS if kind.id == pack.kind), None)
    if kind is None:
        known = ", ".join(kind.id for kind in PACK_KINDS)
        message = f"pack {pack.name}: expected a kind this unrig knows ({known}), found {pack.kind!r}. Use the unrig that added it."
        raise UsageError(message)
    content = _said(kind, pack_store.read(store, pack).content, pack.name).content
    return PackInForce(pack=pack, content=content)


def _said(kind: PackKind, raw: bytes, where: str) -> ReadPack:
    try:
        return kind.read(raw, where)
    except FormatError as error:
        raise UsageError(f"{where}: {error}. Mend it, or leave it out.") from error


def _kind_by_name(path: Path) -> PackKind:
    for kind in PACK_KINDS:
        if path.suffix.lower() in kind.suffixes:
            return kind
    known = "; ".join(f"{kind.id} {' '.join(s for s in kind.suffixes if s)}" for kind in PACK_KINDS)
    raise UsageError(
        f"{path}: expected the name of a pack ({known}), found {path.suffix!r}. Rename it, or take it out."
    )


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
