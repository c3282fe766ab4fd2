"""The same release from another place is not the same.

Sees:      programs, scripts and other files of the release that differ from, or are missing in, a copy of the same
           release which was given with --mirror.
Matters:   one release has one content; whoever gets into one of two places of download, or serves one customer
           something else, cannot change the other (the copy on the publisher's site against that of a package index).
Blind to:  copies that were made from one another, and builds that were rigged before they were handed out.
False positives:  copies signed at different times, installers branded per download: where only a signature differs,
           it is low.
Measured:  not measured: what it asks for comes from the user.
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.rule import ArtifactView, ChangeView, Hit, ReleaseView, Rule
from unrig.model.signature import SignatureFacts

PROGRAMS = frozenset({"pe", "elf", "macho", "ole"})


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each file that the other copy has with another content, or not at all."""
    for change in release.mirrored:
        view = change.after
        if change.change.family == "file" and view is not None and change.change.kind != "moved":
            yield Hit(
                what=_what(change),
                keys=("mirror",),
                artifacts=(view.artifact.id,),
                expected=f"SHA-256 {change.before.artifact.sha256}" if change.before else "no such file",
                observed=f"SHA-256 {view.artifact.sha256}",
                severity=_severity(change),
            )


def _what(change: ChangeView) -> str:
    if change.before is None:
        return "not in the same release from another place"
    return "of the same content but for its signature" if _only_signed(change) else "not what another place ships"


def _severity(change: ChangeView) -> Severity:
    if _only_signed(change):
        return Severity.LOW
    program = change.after is not None and change.after.artifact.format in PROGRAMS
    return Severity.HIGH if program else Severity.MEDIUM


def _only_signed(change: ChangeView) -> bool:
    """Tell whether what a signature covers is the same on both sides."""
    if change.before is None or change.after is None:
        return False
    old, new = _covered(change.before), _covered(change.after)
    return bool(old) and old == new


def _covered(view: ArtifactView) -> str:
    facts = view.facts.get(SignatureFacts)
    return facts.hashes.get("sha256", "") if isinstance(facts, SignatureFacts) else ""


RULE = Rule(
    id="mirror-differs",
    title="Two copies of one release that are not the same",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.NURSERY,
    techniques=("T1195.002",),
    over="release",
    reads=(SignatureFacts,),
    needs=("mirrors",),
    check=check,
    benign="copies that were signed or branded apart",
)
