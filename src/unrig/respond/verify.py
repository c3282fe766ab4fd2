"""May the new build be called fixed? Vet looked at it; this decides from what vet said, without any benefit of doubt."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from unrig.model.artifact import Release, Trust
from unrig.model.levels import Severity, VerdictWord, severity_rank
from unrig.model.results import VetResult
from unrig.respond.never_block import DenyKey

WORST = Severity.LOW
"""The most severe finding a repaired build may have: people are told to install it on thousands of machines."""


class NotFixed(Struct, frozen=True, kw_only=True):
    """A build that may not be called fixed, and every reason why."""

    release: Release
    reasons: tuple[str, ...]


def verify_fix(result: VetResult, rigged: tuple[DenyKey, ...]) -> Release | NotFixed:
    """Return the release as vetted, or why it is not: everything seen, nothing above low, nothing of the rigged one."""
    reasons = tuple(_reasons(result, rigged))
    if reasons:
        return NotFixed(release=result.release, reasons=reasons)
    return replace(result.release, trust=Trust.VETTED)


def _reasons(result: VetResult, rigged: tuple[DenyKey, ...]) -> Iterator[str]:
    if result.verdict is not VerdictWord.CLEAN:
        yield f"vet's verdict is {result.verdict.value}, not clean"
    if result.verdict_without_waivers is not VerdictWord.CLEAN:
        yield f"without waivers the verdict is {result.verdict_without_waivers.value}"
    if not result.complete:
        yield "not everything in it was looked at"
    if not result.artifacts:
        yield "vet lists no file of it"
    for finding in result.findings:
        if severity_rank(finding.severity) > severity_rank(WORST):
            yield f"{finding.rule} found: {finding.summary}"
    yield from _carried_over(result, rigged)


def _carried_over(result: VetResult, rigged: tuple[DenyKey, ...]) -> Iterator[str]:
    """Yield each thing of the new build that has a key of a rigged one."""
    denied = {(deny.key, deny.value) for deny in rigged}
    if ("sha256", result.release.sha256) in denied:
        yield "it is the rigged release itself"
    for artifact in result.artifacts:
        keys = [("sha256", artifact.sha256)]
        keys += [(f"authenticode_hash.{name}", value) for name, value in artifact.identity.authenticode_hash.items()]
        for key, value in keys:
            if (key, value) in denied:
                yield f"{artifact.path} has the {key} of a rigged file ({value})"
