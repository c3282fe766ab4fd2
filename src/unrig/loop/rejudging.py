"""What a result that rests on a revoked baseline becomes without it."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from unrig.loop import vetting
from unrig.loop.named_releases import KnownGood
from unrig.model.errors import UsageError
from unrig.model.results import VetResult
from unrig.store.baselines import Baseline
from unrig.store.comparisons import Comparison
from unrig.store.policy_file import LoadedPolicy


class Rejudged(Struct, frozen=True, kw_only=True):
    """One result that rested on a baseline, and what vet says without it."""

    before: Comparison
    after: VetResult | None
    """None where the release is no longer where it was, or is another one now."""


def rejudge(before: Comparison, revoked: Baseline, policy: LoadedPolicy) -> Rejudged:
    """Vet a release anew without the revoked baseline; its facts come from the cache."""
    others = [KnownGood(path=Path(path)) for path in before.beside if Path(path) != Path(revoked.location)]
    release = Path(before.location)
    if not before.location or not release.exists():
        return Rejudged(before=before, after=None)
    try:
        kept = [good for good in others if good.path.exists()]
        after = vetting.vetted(release, given_as="", baselines=kept, policy=policy, packs=None, jobs=None)
    except UsageError:
        return Rejudged(before=before, after=None)
    return Rejudged(before=before, after=after if after.release.sha256 == before.release.sha256 else None)
