"""A file of a framework or component is not the one that its publisher ships.

Sees:      a program with the name of one in an upstream release that was given, and other content, while at least
           three other files are byte for byte that upstream's. High where it states the same version, or either states
           none; medium where it states another; low where that is signed by whom the upstream's is signed, by a chain
           that is trusted, and where only the signature is another one.
Matters:   who ships somebody else's component has no reason to build it anew; a payload has (3CX: the media library
           of the framework, rebuilt).
Blind to:  components of which no upstream release was given, and another version of the whole framework.
False positives:  a publisher who builds part of the framework himself. Run-time libraries that frameworks carry along
           differ in version from one distributor to the next: six of Microsoft's in qt5-applications 5.15.2 beside
           PyQt5-Qt5 5.15.2, low.
Measured:  not measured: what it asks for comes from the user.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.paths import file_name
from unrig.model.pe import PeFacts
from unrig.model.publisher import organisation_of
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule
from unrig.model.signature import ChainStatus, SignatureFacts, TrustFacts

SHARED = 3
"""Equal programs that make it the same version of the same framework."""


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each program that has an upstream file's name and not its bytes."""
    for upstream in release.upstreams:
        stock = _by_name(upstream)
        whole = {view.artifact.sha256 for view in upstream}
        signed = {_content(view) for view in upstream}
        named = [view for view in release.artifacts if PeFacts in view.facts and _name(view) in stock]
        others = [view for view in named if view.artifact.sha256 not in whole]
        same = {view.artifact.sha256 for view in named} - {
            x.artifact.sha256 for x in others if _content(x) not in signed
        }
        if len(same) >= SHARED:
            yield from (_hit(view, stock[_name(view)], resigned=_content(view) in signed) for view in others)


def _hit(view: ArtifactView, stock: Sequence[ArtifactView], *, resigned: bool) -> Hit:
    name = file_name(view.artifact.path)
    words = f"the {name} of its framework under another signature" if resigned else f"not the {name} of its framework"
    versions = " or ".join(sorted({_version(one) or "not stated" for one in stock}))
    return Hit(
        what=f"{words}, of which other files are unchanged",
        keys=("upstream",),
        artifacts=(view.artifact.id,),
        expected=f"SHA-256 {stock[0].artifact.sha256}, version {versions}",
        observed=f"SHA-256 {view.artifact.sha256}, version {_version(view) or 'not stated'}",
        severity=Severity.LOW if resigned else _severity(view, stock),
    )


def _severity(view: ArtifactView, stock: Sequence[ArtifactView]) -> Severity:
    version, theirs = _version(view), {_version(one) for one in stock}
    if not version or "" in theirs or version in theirs:
        return Severity.HIGH
    publisher = _publisher(view)
    return Severity.LOW if publisher and publisher in {_publisher(one) for one in stock} else Severity.MEDIUM


def _by_name(views: Sequence[ArtifactView]) -> Mapping[str, Sequence[ArtifactView]]:
    found: dict[str, list[ArtifactView]] = {}
    for view in views:
        if PeFacts in view.facts:
            found.setdefault(_name(view), []).append(view)
    return found


def _name(view: ArtifactView) -> str:
    return file_name(view.artifact.path).lower()


def _version(view: ArtifactView) -> str:
    facts = view.facts.get(PeFacts)
    return facts.fixed_file_version if isinstance(facts, PeFacts) else ""


def _content(view: ArtifactView) -> str:
    """Return the hash of what a signature covers: the same for a file that somebody else signed."""
    facts = view.facts.get(SignatureFacts)
    told = facts.hashes.get("sha256", "") if isinstance(facts, SignatureFacts) else ""
    return told or view.artifact.sha256


def _publisher(view: ArtifactView) -> str:
    """Return who signed by a trusted chain; empty where nobody did."""
    signature, trust = view.facts.get(SignatureFacts), view.facts.get(TrustFacts)
    if not isinstance(signature, SignatureFacts) or not isinstance(trust, TrustFacts) or not signature.signatures:
        return ""
    signer = signature.signatures[0].signer
    trusted = any(chain.signature == 0 and chain.status is ChainStatus.TRUSTED for chain in trust.chains)
    return organisation_of(signer.subject) if signer and trusted else ""


RULE = Rule(
    id="stock-component",
    title="A framework's file that is not its publisher's",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.NURSERY,
    techniques=("T1195.001", "T1036.005"),
    over="release",
    reads=(PeFacts, SignatureFacts, TrustFacts),
    needs=("upstreams",),
    check=check,
    benign="a publisher who builds part of the framework himself",
)
