"""The files of releases that vet called clean: what devices have that have no rigged one."""

from __future__ import annotations

from collections.abc import Iterable

from unrig.model.identity import Identity
from unrig.model.levels import VerdictWord
from unrig.model.results import VetResult


def clean_files(results: Iterable[VetResult]) -> tuple[Identity, ...]:
    """Return the identities of clean releases, each followed by those of its files, with the release's version."""
    return tuple(
        Identity(
            sha256=sha256, name=result.release.name, version=result.release.version, platform=result.release.platform
        )
        for result in results
        if result.verdict is VerdictWord.CLEAN
        for sha256 in (result.release.sha256, *sorted({artifact.sha256 for artifact in result.artifacts}))
    )
