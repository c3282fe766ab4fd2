"""From files with their facts to the artifacts that rules see."""

from __future__ import annotations

from unrig.model.artifact import Artifact, artifact_id
from unrig.model.fact import FactSet
from unrig.model.identity import Identity
from unrig.model.msi import MsiFacts
from unrig.model.paths import file_name
from unrig.model.pe import PeFacts
from unrig.model.rule import ArtifactView
from unrig.model.signature import SignatureFacts
from unrig.vet.leaves import Leaf, Walked


def views_of(walked: Walked) -> tuple[ArtifactView, ...]:
    """Return every file of a release as an artifact with its facts, in the order of their paths."""
    return tuple(_view(walked.sha256, leaf) for leaf in walked.leaves)


def with_fact(view: ArtifactView, value: object) -> ArtifactView:
    """Return the view with one more fact."""
    return ArtifactView(artifact=view.artifact, facts={**view.facts, type(value): value})


def _view(release_sha256: str, leaf: Leaf) -> ArtifactView:
    artifact = Artifact(
        id=artifact_id(release_sha256, leaf.path),
        path=leaf.path,
        sha256=leaf.sha256,
        size=leaf.size,
        format=leaf.format,
        container=leaf.container,
        stored_as=leaf.stored_as,
        identity=_identity(leaf, leaf.values),
    )
    return ArtifactView(artifact=artifact, facts=leaf.values)


def _identity(leaf: Leaf, facts: FactSet) -> Identity:
    """Return the names a file goes by: what its version information and its signature say of it."""
    pe = facts.get(PeFacts)
    msi = facts.get(MsiFacts)
    signature = facts.get(SignatureFacts)
    version_info = pe.version_info if isinstance(pe, PeFacts) else {}
    outer = signature.signatures[0] if isinstance(signature, SignatureFacts) and signature.signatures else None
    return Identity(
        sha256=leaf.sha256,
        authenticode_hash=dict(signature.hashes) if isinstance(signature, SignatureFacts) else {},
        name=version_info.get("OriginalFilename") or file_name(leaf.path),
        version=version_info.get("FileVersion", ""),
        arch=pe.machine if isinstance(pe, PeFacts) else "",
        platform="windows" if isinstance(pe, PeFacts) or _is_installer(msi) else "",
        upgrade_code=msi.product.upgrade_code if isinstance(msi, MsiFacts) else "",
        signer=outer.signer if outer else None,
    )


def _is_installer(facts: object) -> bool:
    return isinstance(facts, MsiFacts) and facts.kind != "ole"
