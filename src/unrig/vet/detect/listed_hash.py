"""A file is on a list of known bad ones that the user added.

Sees:      files whose SHA-256 stands in a pack.
Matters:   it settles the matter where somebody else already looked.
Blind to:  everything not yet known; that is why the verdict is always given without hindsight too.
False positives:  lists that carry genuine files (published lists of 2023 did): check the list's source.
Measured:  not measured: what it asks for comes from the user.
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.rule import Hit, ReleaseView, Rule


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each file that a pack lists."""
    for view in release.artifacts:
        listed = release.listed.get(view.artifact.sha256)
        if listed is not None:
            yield Hit(
                what=f"its SHA-256 is on the list {listed.pack} as {listed.label or 'bad'}",
                keys=(f"pack/{listed.pack}",),
                artifacts=(view.artifact.id,),
                expected="on no list",
                observed=view.artifact.sha256,
            )


RULE = Rule(
    id="listed-hash",
    title="On a list of known bad files",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    maturity=Maturity.STABLE,
    hindsight=True,
    techniques=(),
    over="release",
    reads=(),
    needs=("listed",),
    check=check,
    benign="a genuine file that a careless list carries",
)
