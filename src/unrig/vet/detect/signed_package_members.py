"""A signed package holds members that are not as they were signed, or that nothing signs.

Sees:      jars and app packages (AppX, MSIX), whose signatures list a digest for each member: members with another
           content, and members that the signature does not cover. (A NuGet package has one digest: digest-mismatch.)
Matters:   a package is fetched, checked by its signature and installed as a whole; what was added or exchanged after the
           signing step is its publisher's by name only.
Blind to:  packages signed again after the change, members that were rigged before they were signed.
False positives:  a jar that others were merged into, with one of their signatures left behind (low: it covers nothing of
           it); texts and folders that a later build step adds to a signed jar (low).
Measured:  not yet measured
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.package_signature import PackageSignatureFacts
from unrig.model.rule import Hit, Rule

RUNS = (
    ".class",
    ".jar",
    ".exe",
    ".dll",
    ".sys",
    ".so",
    ".dylib",
    ".node",
    ".ps1",
    ".bat",
    ".cmd",
    ".js",
    ".vbs",
    ".msi",
)
"""Endings of what is loaded or run from a package: classes, programs and libraries, scripts."""
NAMED = 5


def check(facts: PackageSignatureFacts) -> Iterator[Hit]:
    """Yield one hit for each member that is not as signed, and one for all that nothing signs."""
    for member in facts.altered:
        yield Hit(
            what=f"{member.path} is not as it was signed",
            keys=(f"altered/{member.path}",),
            expected=member.expected,
            observed=member.observed,
        )
    if facts.kind and not facts.covered and not facts.altered and facts.uncovered_count:
        yield Hit(
            what=f"its signature covers none of its {facts.uncovered_count:,} members",
            keys=("covers nothing",),
            expected="a signature of this package",
            observed=f"one of another, of which {len(facts.missing):,} members or more are not here",
            severity=Severity.LOW,
        )
    elif facts.uncovered:
        yield from _bare(facts)


def _bare(facts: PackageSignatureFacts) -> Iterator[Hit]:
    running = [path for path in facts.uncovered if path.casefold().endswith(RUNS)]
    first = running or list(facts.uncovered)
    more = f" and {facts.uncovered_count - NAMED:,} more" if facts.uncovered_count > NAMED else ""
    yield Hit(
        what=f"its signature does not cover {facts.uncovered_count:,} of its members: {', '.join(first[:NAMED])}{more}",
        keys=tuple(f"uncovered/{path}" for path in first[:NAMED]),
        expected=f"a signature over all members, as over {facts.covered:,} of them",
        observed=f"{facts.uncovered_count:,} that were added to it",
        severity=Severity.MEDIUM if running else Severity.LOW,
    )


RULE = Rule(
    id="signed-package-members",
    title="Members of a signed package that are not as signed",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    maturity=Maturity.NURSERY,
    techniques=("T1553.002", "T1195.002"),
    over="artifact",
    reads=(PackageSignatureFacts,),
    check=check,
    benign="a jar that others were merged into, with a signature of one of them left behind",
)
