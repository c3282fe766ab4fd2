"""Which layers of the sandbox hold a worker, and which this machine cannot give."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct


class Layer(StrEnum):
    """One wall around a worker. Several stand behind each other, so that one missing is not all missing."""

    MEMORY = "memory"
    CPU = "cpu"
    FILE_SIZE = "file_size"
    PROCESSES = "processes"
    DESCRIPTORS = "descriptors"
    CORE = "core"
    USER = "user"
    NO_NEW_PRIVILEGES = "no_new_privileges"
    NOT_DUMPABLE = "not_dumpable"
    PARENT_DEATH = "parent_death"
    LANDLOCK_FILES = "landlock_files"
    LANDLOCK_TCP = "landlock_tcp"
    LANDLOCK_SCOPE = "landlock_scope"
    SECCOMP = "seccomp"


class Missing(Struct, frozen=True, kw_only=True):
    """A layer that is not in force, and why."""

    layer: Layer
    reason: str


class Layers(Struct, frozen=True, kw_only=True):
    """The state of all layers in one worker, or in all workers of a pool so far."""

    in_force: tuple[Layer, ...] = ()
    missing: tuple[Missing, ...] = ()

    def weakest(self, other: Layers) -> Layers:
        """Return what holds in both: in force only where it is so everywhere, missing where it is so anywhere."""
        missing = {entry.layer: entry for entry in (*self.missing, *other.missing)}
        known = {*self.in_force, *other.in_force}
        return from_missing(missing.values(), among=known)


def from_missing(missing: Iterable[Missing], among: Iterable[Layer] = tuple(Layer)) -> Layers:
    """Return the state in which all of `among` is in force but for `missing`, both in the order of `Layer`."""
    reasons = {entry.layer: entry for entry in missing}
    return Layers(
        in_force=tuple(layer for layer in Layer if layer in set(among) and layer not in reasons),
        missing=tuple(reasons[layer] for layer in Layer if layer in reasons),
    )
