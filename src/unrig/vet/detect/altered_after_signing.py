"""The same signed content as a known good file, yet other bytes.

Sees:      a file whose Authenticode hash is that of a file in a baseline or upstream, while its SHA-256 is
           not, and which holds more bytes outside the signed part than the good one.
Matters:   that is how a genuine, validly signed library becomes a carrier.
Blind to:  files for which no good copy was given.
False positives:  a file signed again or stamped again (info, where nothing but the signature differs).
Measured:  not yet measured
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.place import Span
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule
from unrig.model.signature import Nature, SignatureFacts


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each file that shares its signed content with a good one, milder where it was only signed again."""
    good = {key: view for view in release.known_good for key in _hashes(view)}
    same = {view.artifact.sha256 for view in release.known_good}
    for view in release.artifacts:
        twin = next((good[key] for key in _hashes(view) if key in good), None)
        if twin is None or view.artifact.sha256 in same or not _is_signed(twin):
            continue
        extra = _spare(view)
        grown = _weight(extra) > _weight(_spare(twin))
        yield Hit(
            what=_said(view, twin, grown=grown),
            spans=tuple(extra) if grown else (),
            keys=() if grown else ("signature",),
            artifacts=(view.artifact.id,) * max(len(extra) if grown else 1, 1),
            expected=f"SHA-256 {twin.artifact.sha256}, as {twin.artifact.path}",
            observed=f"SHA-256 {view.artifact.sha256}",
            severity=Severity.HIGH if grown else Severity.INFO,
        )


def _said(view: ArtifactView, twin: ArtifactView, *, grown: bool) -> str:
    if grown:
        return f"its signed content is that of the good {twin.artifact.path}, but bytes were added that the signature does not cover"
    if not _is_signed(view):
        return f"its content is that of the good {twin.artifact.path} without the signature"
    return f"its content is that of the good {twin.artifact.path}, signed or stamped again"


def _facts(view: ArtifactView) -> SignatureFacts | None:
    facts = view.facts.get(SignatureFacts)
    return facts if isinstance(facts, SignatureFacts) else None


def _is_signed(view: ArtifactView) -> bool:
    facts = _facts(view)
    return facts is not None and bool(facts.signatures)


def _hashes(view: ArtifactView) -> list[tuple[str, str]]:
    facts = _facts(view)
    return sorted(facts.hashes.items()) if facts is not None else []


def _spare(view: ArtifactView) -> list[Span]:
    """Return what stands outside the signed content and is no part of a signature in use."""
    facts = _facts(view)
    if facts is None:
        return []
    stretches = [*(entry.unexplained for entry in facts.entries), facts.between, facts.after]
    spans = [extra.span for extra in stretches if extra is not None and extra.nature is not Nature.ZEROS]
    spans += [c.odd_bytes.span for c in facts.certificates if not c.used and c.odd_bytes is not None]
    spans += [a.span for s in facts.signatures for a in s.attributes if not a.signed and not a.known]
    return spans


def _weight(spans: list[Span]) -> int:
    return sum(span.length for span in spans)


RULE = Rule(
    id="altered-after-signing",
    title="The signed content of a good file, with other bytes around it",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    maturity=Maturity.STABLE,
    techniques=("T1553.002", "T1027.009"),
    over="release",
    reads=(SignatureFacts,),
    check=check,
    benign="the same file signed or time-stamped again",
)
