"""One release, read: what the steps of vet hand on."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from unrig.model.artifact import Release
from unrig.model.problem import Problem
from unrig.model.rule import ArtifactView
from unrig.vet.leaves import Walked


class Vetted(Struct, frozen=True, kw_only=True):
    """One release, read: what rules see of it, and what was in the way."""

    path: Path | None
    """Where it is; files that differ are opened again there. None for one that is judged from what is known of it."""
    release: Release
    views: tuple[ArtifactView, ...]
    walked: Walked
    problems: tuple[Problem, ...]
    unseen: tuple[str, ...]
    """What was not looked at, or not all of it."""
