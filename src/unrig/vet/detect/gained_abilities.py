"""A script can newly do two things that together fetch and run, or take and send, which no script of the baseline could.

Sees:      a script that is new or has changed and has both of a pair: network and starting programs, network and running
           text as code, decoding and either of these, network and places of secrets; or that replaces the functions a
           page reaches the network with. Medium where no script of the baseline had the pair, low where another had.
Matters:   most rigged packages of script languages show it: what is added fetches a program, runs what it decoded, or
           sends keys away (ua-parser-js, ultralytics, the npm worms of 2025).
Blind to:  pairs split over two files, words that a script builds at run time, scripts that had the pair already.
False positives:  a release that learns to update itself, to download its data or to talk to a service. What only tests
           and examples do: low.
Measured:  not yet measured
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from unrig.model.capability import Capability
from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule
from unrig.model.script import ScriptFacts

PAIRS = (
    frozenset({Capability.DECODING, Capability.DYNAMIC_CODE}),
    frozenset({Capability.NETWORK, Capability.CREDENTIALS}),
    frozenset({Capability.NETWORK, Capability.PROCESS}),
    frozenset({Capability.NETWORK, Capability.DYNAMIC_CODE}),
    frozenset({Capability.DECODING, Capability.PROCESS}),
    frozenset({Capability.INTERCEPTION}),
)
"""What fetches and runs, what hides and runs, what takes and sends; the most telling first."""
ASIDE = re.compile(
    r"(?:^|/)(?:tests?|testing|__tests__|specs?|examples?|docs?|benchmarks?|scripts?)/|[._-]test\.|(?:^|/)test_",
    re.IGNORECASE,
)
"""Where a package keeps what its users do not run."""


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each script that newly has such a pair."""
    had = {pair for view in release.baseline for pair in _pairs(view)}
    for change in release.changes:
        if change.after is None or change.change.family != "file":
            continue
        before = _pairs(change.before) if change.before else ()
        gained = [pair for pair in _pairs(change.after) if pair not in before]
        if gained:
            first = next((pair for pair in gained if pair not in had), gained[0])
            yield _hit(change.after, first, _weigh(change.after, first in had))


def _pairs(view: ArtifactView) -> tuple[frozenset[Capability], ...]:
    facts = view.facts.get(ScriptFacts)
    able = {one.capability for one in facts.capabilities} if isinstance(facts, ScriptFacts) else set()
    return tuple(pair for pair in PAIRS if pair <= able)


def _weigh(view: ArtifactView, elsewhere: object) -> tuple[Severity, str]:
    """Return how much a pair weighs, and what is said of it."""
    if elsewhere:
        return Severity.LOW, "which another script of the baseline had"
    if ASIDE.search(view.artifact.path):
        return Severity.LOW, "in what users of a package do not run"
    return Severity.MEDIUM, "which no script of the baseline had"


def _hit(view: ArtifactView, pair: frozenset[Capability], weight: tuple[Severity, str]) -> Hit:
    facts: ScriptFacts = view.facts[ScriptFacts]
    shown = [one for one in facts.capabilities if one.capability in pair]
    spans = tuple(one.span for one in shown if one.span)
    named = " and ".join(f"{one.capability.replace('_', ' ')} ({one.text[:60]})" for one in shown)
    return Hit(
        what=f"newly has {named}, {weight[1]}",
        spans=spans,
        keys=() if spans else ("abilities",),
        artifacts=(view.artifact.id,) * max(len(spans), 1),
        expected="what the baseline could do",
        observed=named,
        severity=weight[0],
    )


RULE = Rule(
    id="gained-abilities",
    title="A script newly able to fetch and run, or to take and send",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.NURSERY,
    techniques=("T1195.001", "T1059", "T1105"),
    over="release",
    reads=(ScriptFacts,),
    needs=("baseline",),
    check=check,
    benign="a release that learns to update itself or to talk to a service",
)
