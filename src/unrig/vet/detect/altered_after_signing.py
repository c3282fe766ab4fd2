"""The same signed content as a known good file, yet other bytes.

Sees:      a file whose Authenticode hash is that of a file in a baseline or upstream, while its SHA-256 is
           not, and which holds bytes outside the signed part that the good one does not hold.
Matters:   that is how a genuine, validly signed library becomes a carrier.
Blind to:  files for which no good copy was given.
False positives:  a file signed again or stamped again (info, where nothing but the signature differs); an
           installer with another download's tag (low, where what differs is text).
Measured:  49 judging release pairs, 607 files of its kind in 44 of them: 0 at medium or above,
           0 below (`make measure`).
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule
from unrig.model.signature import Nature, SignatureFacts
from unrig.vet.hidden import TINY, Hidden, everywhere, text_severity, weigh


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each file that shares its signed content with a good one, milder where it was only signed again."""
    good: dict[str, list[ArtifactView]] = {}
    for view in sorted(release.known_good, key=lambda view: view.artifact.sha256):
        if _is_signed(view) and _hash(view):  # a package has no such hash
            good.setdefault(_hash(view), []).append(view)
    same = {view.artifact.sha256 for view in release.known_good}
    for view in release.artifacts:
        twins = good.get(_hash(view), [])
        if twins and view.artifact.sha256 not in same:
            yield _hit(view, twins)


def _hit(view: ArtifactView, twins: list[ArtifactView]) -> Hit:
    twin, known = twins[0], {part.span.sha256 for twin in twins for part in _parts(twin)}
    added = [part for part in _parts(view) if part.span.sha256 not in known]
    return Hit(
        what=_said(view, twin, added),
        spans=tuple(part.span for part in added),
        keys=() if added else ("signature",),
        artifacts=(view.artifact.id,) * max(len(added), 1),
        expected=f"SHA-256 {twin.artifact.sha256}, as {twin.artifact.path}",
        observed=f"SHA-256 {view.artifact.sha256}",
        severity=_severity(added),
    )


def _said(view: ArtifactView, twin: ArtifactView, added: list[Hidden]) -> str:
    start = f"its content is that of the good {twin.artifact.path}"
    if added:
        size = sum(part.span.length for part in added)
        return f"{start}, but {size:,} bytes were added that the signature does not cover"
    if not _is_signed(view):
        return f"{start} without the signature"
    return f"{start}, signed or stamped again"


def _severity(added: list[Hidden]) -> Severity:
    if not added:
        return Severity.INFO
    weight = weigh(added)
    if all(part.bytes.nature is Nature.ASCII for part in added):
        return text_severity(weight)
    return Severity.HIGH if weight.binary >= TINY else Severity.MEDIUM


def _facts(view: ArtifactView) -> SignatureFacts:
    facts = view.facts.get(SignatureFacts)
    return facts if isinstance(facts, SignatureFacts) else SignatureFacts()


def _is_signed(view: ArtifactView) -> bool:
    return bool(_facts(view).signatures)


def _hash(view: ArtifactView) -> str:
    """Return the hash of the signed content, the one that every signed or unsigned PE has; empty for other files."""
    return _facts(view).hashes.get("sha256", "")


def _parts(view: ArtifactView) -> tuple[Hidden, ...]:
    return everywhere(_facts(view))


RULE = Rule(
    id="altered-after-signing",
    title="The signed content of a good file, with other bytes around it",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    maturity=Maturity.STABLE,
    techniques=("T1553.002", "T1027.009"),
    over="release",
    reads=(SignatureFacts,),
    needs=("known_good",),
    check=check,
    benign="the same file signed or time-stamped again",
)
