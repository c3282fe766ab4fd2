"""What stands beside the release that is investigated."""

from __future__ import annotations

from msgspec import Struct

from unrig.model.results import VetResult


class Compared(Struct, frozen=True, kw_only=True):
    """What vet said of the releases beside the one that is investigated."""

    baselines: tuple[VetResult, ...] = ()
    fix: VetResult | None = None
