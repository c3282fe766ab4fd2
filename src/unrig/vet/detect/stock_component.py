"""A file of a framework or component is not the one that its publisher ships.

Sees:      a program with the name of one in an upstream release that was given, and other content, while at least
           three other files are byte for byte that upstream's: the framework's version is the same, this file is not.
Matters:   who ships somebody else's component has no reason to build it anew; a payload has (3CX: the media library
           of the framework, rebuilt).
Blind to:  components of which no upstream release was given, and another version of the whole framework.
False positives:  a publisher who signs the framework's files with his own key: the same code under another signature
           is low; one who builds the framework himself changes more than a file.
Measured:  not measured: what it asks for comes from the user.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.paths import file_name
from unrig.model.pe import PeFacts
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule
from unrig.model.signature import SignatureFacts

SHARED = 3
"""Equal programs that make it the same version of the same framework."""


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each program that has an upstream file's name and none of its content."""
    for upstream in release.upstreams:
        stock = _by_name(upstream)
        whole = {view.artifact.sha256 for view in upstream}
        signed = {_content(view) for view in upstream}
        named = [view for view in release.artifacts if PeFacts in view.facts and _name(view) in stock]
        shared = {view.artifact.sha256 for view in named if view.artifact.sha256 in whole or _content(view) in signed}
        if len(shared) >= SHARED:
            yield from (_hit(view, stock[_name(view)]) for view in named if view.artifact.sha256 not in shared)


def _hit(view: ArtifactView, stock: Sequence[ArtifactView]) -> Hit:
    return Hit(
        what=f"not the {file_name(view.artifact.path)} of its framework, of which other files are unchanged",
        keys=("upstream",),
        artifacts=(view.artifact.id,),
        expected=f"SHA-256 {stock[0].artifact.sha256}",
        observed=f"SHA-256 {view.artifact.sha256}",
    )


def _by_name(views: Sequence[ArtifactView]) -> Mapping[str, Sequence[ArtifactView]]:
    found: dict[str, list[ArtifactView]] = {}
    for view in views:
        if PeFacts in view.facts:
            found.setdefault(_name(view), []).append(view)
    return found


def _name(view: ArtifactView) -> str:
    return file_name(view.artifact.path).lower()


def _content(view: ArtifactView) -> str:
    """Return the hash of what a signature covers: the same for a file that somebody else signed."""
    facts = view.facts.get(SignatureFacts)
    return facts.hashes.get("sha256", "") if isinstance(facts, SignatureFacts) else view.artifact.sha256


RULE = Rule(
    id="stock-component",
    title="A framework's file that is not its publisher's",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.NURSERY,
    techniques=("T1195.001", "T1036.005"),
    over="release",
    reads=(PeFacts, SignatureFacts),
    needs=("upstreams",),
    check=check,
    benign="a publisher who builds part of the framework himself",
)
