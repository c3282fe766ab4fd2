"""A YARA rule of a pack matches.

Sees:      rules of the packs in force that match a file, whatever container it stands in.
Matters:   somebody else has described what a known family looks like, and here it is.
Blind to:  what nobody has described yet; rules that go by file names (their variables are empty); files above 256 MiB.
False positives:  rules that describe a tool, a packer or a library rather than an attack: medium, and low where a known
           good release matches too. A rule that its author scores 75 or more stays high even then: the release that
           was taken for good may be the one that was rigged first.
Measured:  not measured: what it asks for comes from the user.
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule
from unrig.model.yara import YaraFacts, YaraMatch

SURE = 75
"""Score from which a public collection calls a match an alert (README of Neo23x0/signature-base)."""


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each rule and file, milder where the author is not sure, and more so where a good one matches."""
    genuine = {(match.pack, match.rule) for view in release.known_good for match in _matches(view)}
    for view in release.artifacts:
        for match in _matches(view):
            pack = release.scanned.get(match.pack, match.pack[:16])
            known = (match.pack, match.rule) in genuine
            yield Hit(
                what=_what(match, pack, known=known),
                spans=match.spans,
                keys=(f"yara/{match.pack[:16]}/{match.rule}",),
                artifacts=(view.artifact.id,) * max(len(match.spans), 1),
                expected="no rule of a pack matches",
                observed=match.description or f"{match.places} places",
                severity=_severity(match, known=known),
            )


def _matches(view: ArtifactView) -> tuple[YaraMatch, ...]:
    facts = view.facts.get(YaraFacts)
    return facts.matches if isinstance(facts, YaraFacts) else ()


def _what(match: YaraMatch, pack: str, *, known: bool) -> str:
    also = ", as it does in a known good release" if known else ""
    return f"the YARA rule {match.rule} of {pack} matches{also}"


def _severity(match: YaraMatch, *, known: bool) -> Severity:
    if match.score >= SURE:
        return Severity.HIGH
    return Severity.LOW if known else Severity.MEDIUM


RULE = Rule(
    id="yara-match",
    title="A YARA rule of a pack matches",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.NURSERY,
    hindsight=True,
    techniques=(),
    over="release",
    reads=(YaraFacts,),
    needs=("scanned",),
    check=check,
    benign="a rule that describes a tool or library which good software uses too",
)
