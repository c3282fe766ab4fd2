"""ATT&CK for Enterprise, pinned: what a technique id means, and what became of a retired one.

The ids, names and tactics stand in `attack.toml`. An id without its version says little: T1574.002 was
merged into T1574.001, and tactics are renamed between versions. So whatever names a technique reads it here.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct


class Tactic(Struct, frozen=True, kw_only=True):
    """One column of the matrix."""

    id: str
    """As `TA0005`."""
    short_name: str
    """As `defense-evasion`, the form of a STIX kill chain phase."""
    name: str


class Technique(Struct, frozen=True, kw_only=True):
    """One technique or sub-technique, with the short names of its tactics in the order of the matrix."""

    id: str
    name: str
    tactics: tuple[str, ...]


class _Pinned(Struct, frozen=True):
    version: str
    tactics: dict[str, tuple[str, str]]
    techniques: dict[str, tuple[str, str]]
    retired: dict[str, str]


@cache
def _pinned() -> _Pinned:
    text = resources.files("unrig.data").joinpath("attack.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Pinned)


def version() -> str:
    """Return the version of ATT&CK that is pinned, as `18.1`."""
    return _pinned().version


def technique(technique_id: str) -> Technique | None:
    """Return the technique of that id; None where the pinned version has no such technique (it may be retired)."""
    entry = _pinned().techniques.get(technique_id)
    if entry is None:
        return None
    name, tactics = entry
    return Technique(id=technique_id, name=name, tactics=tuple(tactics.split(",")))


def successor(technique_id: str) -> str | None:
    """Return the id that took a retired id's place, an empty string where none did, None for an id not retired."""
    return _pinned().retired.get(technique_id)


def current(technique_id: str) -> Technique | None:
    """Return the technique an id means in the pinned version, following a retirement; None where it means nothing."""
    return technique(technique_id) or technique(successor(technique_id) or "")


def tactic(short_name: str) -> Tactic | None:
    """Return the tactic of that short name, None for an unknown one."""
    entry = _pinned().tactics.get(short_name)
    return Tactic(id=entry[0], short_name=short_name, name=entry[1]) if entry else None


def tactic_order(short_name: str) -> int:
    """Return the tactic's column in the matrix, from 0; one past the last for an unknown one."""
    columns = list(_pinned().tactics)
    return columns.index(short_name) if short_name in columns else len(columns)


def label(technique_id: str) -> str:
    """Return `T1574.001 DLL`: id and name to read, the bare id where the pinned version does not know it."""
    known = current(technique_id)
    return f"{known.id} {known.name}" if known else technique_id
