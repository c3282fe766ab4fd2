"""What to do about a verdict, and what may be matched and blocked: the same words on a terminal and on a page."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from unrig.model.identity import discriminating_keys
from unrig.model.lead import HashLead
from unrig.model.levels import Answer, VerdictWord
from unrig.model.results import VetResult

ADVICE = {
    VerdictWord.RIGGED: "Do not ship, install or run it. Keep this file; hunt for it: unrig hunt LOGS --leads RESULT.json",
    VerdictWord.SUSPICIOUS: "Hold it back until its publisher explains what stands below.",
    VerdictWord.REVIEW: "Let a person look at what stands below before it ships.",
    VerdictWord.INCOMPLETE: "This is no all-clear: part of it was not looked at. See below what to do.",
    VerdictWord.CLEAN: "Nothing. A clean verdict is as good as what was looked at, which the last lines say.",
}


class Blockable(Struct, frozen=True, kw_only=True):
    """A file that may be matched and blocked by its SHA-256, which no known good file shares."""

    sha256: str
    name: str
    shares_authenticode: bool
    """Whether a genuine file has the same Authenticode hash: blocking by that would block the genuine one."""


def blockable(result: VetResult) -> tuple[Blockable, ...]:
    """Return the files of a release that may be blocked, in the order of its leads, each SHA-256 once."""
    found: dict[str, Blockable] = {}
    for lead in result.leads:
        if isinstance(lead, HashLead) and "sha256" in discriminating_keys(lead.identity):
            identity = lead.identity
            no = (key for key, answer in identity.discriminates.items() if answer is Answer.NO)
            shares = any(key.startswith("authenticode") for key in no)
            found[identity.sha256] = Blockable(sha256=identity.sha256, name=identity.name, shares_authenticode=shares)
    return tuple(found.values())


def advice(result: VetResult) -> Iterator[str]:
    """Yield what to do, one sentence each: first by the verdict, then for each file that may be blocked."""
    yield ADVICE[result.verdict]
    for one in blockable(result):
        yield f"Match and block by SHA-256: {one.sha256}  {one.name}"
        if one.shares_authenticode:
            yield f"Never by its Authenticode hash: the genuine {one.name} has the same one."
