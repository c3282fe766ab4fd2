"""Same publisher, name, version and architecture as a known good file, other content.

Sees:      a signed file whose version information and signer are those of a file in a baseline or upstream,
           while its signed content differs.
Matters:   publishers count versions up when they change a file; who swaps it keeps the labels.
Blind to:  files without version information or signature, and files for which no good copy was given.
False positives:  silent rebuilds: 3 of 485 groups of equally labelled Microsoft-signed files.
Measured:  49 judging release pairs, 605 files of its kind in 44 of them: 0 at medium or above,
           0 below (`make measure`).
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.identity import Identity
from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.pe import PeFacts
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule
from unrig.model.signature import SignatureFacts


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each file that has the labels of a good one and the content of none."""
    good: dict[str, list[Identity]] = {}
    for view in release.known_good:
        label = _label(view)
        if label:
            good.setdefault(label, []).append(view.artifact.identity)
    for view in release.artifacts:
        identity = view.artifact.identity
        twins = good.get(_label(view), [])
        if not twins or any(_same_content(identity, twin) for twin in twins):
            continue
        yield Hit(
            what=f"labelled as the good {identity.name} {identity.version} of the same publisher, with other content",
            keys=("version_info",),
            artifacts=(view.artifact.id,),
            expected=f"SHA-256 {twins[0].sha256}",
            observed=f"SHA-256 {identity.sha256}",
        )


def _label(view: ArtifactView) -> str:
    """Return what a publisher counts up with a change; empty where a part of it is missing.

    The version is asked twice, as text and as four numbers: some builds leave the text at a placeholder (Microsoft's
    signtool says 4.00 in every version).
    """
    identity, facts = view.artifact.identity, view.facts.get(PeFacts)
    numbers = facts.fixed_file_version if isinstance(facts, PeFacts) else ""
    if not (identity.signer and identity.name and identity.version and identity.arch):
        return ""
    return f"{identity.signer.subject}\n{identity.name.lower()}\n{identity.version}\n{numbers}\n{identity.arch}"


def _same_content(first: Identity, second: Identity) -> bool:
    shared = first.authenticode_hash.items() & second.authenticode_hash.items()
    return first.sha256 == second.sha256 or bool(shared)


RULE = Rule(
    id="same-identity-other-bytes",
    title="The labels of a good file on other content",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.STABLE,
    techniques=("T1195.002", "T1036.005"),
    over="release",
    reads=(SignatureFacts, PeFacts),
    needs=("known_good",),
    check=check,
    benign="a silent rebuild under the same version",
)
