"""A release has a file of bytes as uniform as encrypted ones, and its predecessor had none.

Sees:      a new file of no known format that is for the most part as uniform as encrypted bytes, in a release whose
           baseline has no such file.
Matters:   a payload that is decrypted at run time may lie in a file of its own, which no reader of formats opens.
Blind to:  releases that had such files before, payloads with the header of a known format, and Base64.
False positives:  a package that begins to ship a model, a licence or a table in a format of its own.
Measured:  not yet measured
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.blobs import BlobFacts
from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule

OPAQUE = "opaque"
MOSTLY = 0.5
"""Of the file."""
NAMED = 20
"""Files that the finding lists: all are as new."""


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for all such files of a release, beside a baseline without any."""
    added = [change.after for change in release.changes if change.before is None and change.after is not None]
    found = [view for view in added if _is_uniform(view)]
    if found and not any(_is_uniform(view) for view in release.baseline):
        size = sum(view.artifact.size for view in found)
        yield Hit(
            what=f"{size:,} bytes as uniform as encrypted ones, in a release whose baseline has no such file",
            spans=tuple(view.facts[BlobFacts].blobs[0].bytes.span for view in found[:NAMED]),
            artifacts=tuple(view.artifact.id for view in found[:NAMED]),
            expected="files of known formats, as before",
            observed=f"{len(found)} new file{'' if len(found) == 1 else 's'} of no known format",
        )


def _is_uniform(view: ArtifactView) -> bool:
    facts = view.facts.get(BlobFacts)
    if view.artifact.format != OPAQUE or not isinstance(facts, BlobFacts):
        return False
    return sum(blob.bytes.span.length for blob in facts.blobs) > MOSTLY * view.artifact.size


RULE = Rule(
    id="new-opaque-content",
    title="The first file of uniform bytes in a release that had none",
    severity=Severity.MEDIUM,
    confidence=Confidence.LOW,
    maturity=Maturity.NURSERY,
    techniques=("T1027.009", "T1027.013"),
    over="release",
    reads=(BlobFacts,),
    needs=("baseline",),
    check=check,
    benign="a package that begins to ship a model or a table of its own",
)
