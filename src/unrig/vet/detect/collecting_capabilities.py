"""A program or script names what browsers keep, surveys the machine, waits for long or fetches from a dead drop.

Sees:      each of the four in programs (texts, imported libraries) and scripts (calls): stores of browsers, questions
           about machine and protection, waits of an hour or more, raw addresses at code-hosting and paste sites.
Matters:   what 3CX's implant did after its sleep was fetch an address from a code-hosting site, and read the browsers'
           history; together they are what a collector needs.
Blind to:  names built at run time or encrypted; waits in compiled programs (see gained-long-wait); addresses from elsewhere.
False positives:  browsers, backup and migration tools, password managers; updaters that fetch a list of versions. Each
           alone is no more than info or low, two with a browser's store or three are medium and never more.
Measured:  20 real release pairs, 18,113 files of its kind: 0 pairs at medium or above, 10 below (`make measure`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from unrig.model.capability import Capability, Shown
from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.markers import MarkerFacts
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule
from unrig.model.strings import StringFacts
from unrig.vet.capabilities import capabilities

WORDS: Mapping[Capability, str] = {
    Capability.BROWSER_STORES: "names what browsers keep",
    Capability.DEAD_DROP: "fetches from where anybody can leave a text",
    Capability.LONG_SLEEP: "waits an hour or more",
    Capability.SYSTEM_SURVEY: "asks what machine it is on",
}
ENOUGH, ENOUGH_WITH_STORES = 3, 2
SMALLEST_ENGINE = 32 << 20
"""Bytes: libcef.dll of 2018 has 99 MB, an electron.exe of 2016 has 50."""
ENGINE = "AppleWebKit/%d.%d (KHTML, like Gecko)"
"""How Chromium's content/common/user_agent builds its user agent, where no version stands in the file."""
ALONE = frozenset({Capability.BROWSER_STORES, Capability.DEAD_DROP})
"""What is worth a line by itself."""


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each file that has one of the four worth a line, or several together."""
    for view in release.artifacts:
        able = {what: shown for what, shown in capabilities(view).items() if what in WORDS}
        if len(able) >= ENOUGH_WITH_STORES or ALONE & able.keys():
            yield _hit(view, able)


def _hit(view: ArtifactView, able: Mapping[Capability, tuple[Shown, ...]]) -> Hit:
    first = [shown[0] for shown in able.values()]
    spans = tuple(one.span for one in first if one.span)
    keys = tuple(f"import/{one.text}" for one in first if not one.span)
    return Hit(
        what=", ".join(f"{WORDS[what]} ({shown[0].text})" for what, shown in able.items()),
        spans=spans,
        keys=keys,
        artifacts=(view.artifact.id,) * max(len(spans), 1),
        expected="no more than one of these",
        observed=f"{len(able)}",
        severity=_severity(view, able),
    )


def _severity(view: ArtifactView, able: Mapping[Capability, object]) -> Severity:
    needed = ENOUGH_WITH_STORES if Capability.BROWSER_STORES in able else ENOUGH
    if len(able) >= needed and not _is_browser(view):
        return Severity.MEDIUM
    return Severity.LOW if Capability.BROWSER_STORES in able else Severity.INFO


def _is_browser(view: ArtifactView) -> bool:
    """Tell whether a program is built from Chromium, whose own stores have these names: by its texts and its size.

    Texts alone say nothing: a collector that poses as a browser has a user agent too.
    """
    if view.artifact.size < SMALLEST_ENGINE:
        return False
    markers = view.facts.get(MarkerFacts)
    found = markers.markers if isinstance(markers, MarkerFacts) else ()
    return any(one.text.startswith("Chrome/") or ENGINE in one.text for one in found)


RULE = Rule(
    id="collecting-capabilities",
    title="What a collector needs, together in one file",
    severity=Severity.MEDIUM,
    confidence=Confidence.LOW,
    maturity=Maturity.NURSERY,
    techniques=("T1217", "T1082", "T1102.001", "T1678"),
    over="release",
    reads=(StringFacts,),
    check=check,
    benign="a browser, a migration tool or an updater",
)
