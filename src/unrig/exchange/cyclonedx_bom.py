"""CycloneDX 1.6 (ECMA-424), writing: the components that vet found in a release, and what contains what.

A component is here because its file names itself; how it was told, where it stands and who signed it come with it. The
bom never claims to be whole: a library that was linked in and kept no name of its own is in no list.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from unrig.model.artifact import Artifact, Component
from unrig.model.identity import Identity
from unrig.model.publisher import organisation_of
from unrig.model.results import VetResult

SCHEMA = "http://cyclonedx.org/schema/bom-1.6.schema.json"
NAMESPACE = uuid.UUID("6f8b1d2c-1f43-4d62-9a3e-0f2f5b5f7a61")
"""Of the serial numbers: the same release, read by the same version, gives the same bom."""
OWN_WORD = 0.5
"""Confidence in what a file says of itself: nobody else vouches for it."""
TECHNIQUES = {"version_info": "binary-analysis", "package_json": "manifest-analysis", "file_name": "filename"}
"""How a component was told, in the words of CycloneDX; `other` for the rest."""
LONGEST_VERSION = 1024
"""Characters (bom-1.6.schema.json, version)."""
PROGRAMS = (".exe", ".com", ".scr")


def encode(result: VetResult) -> bytes:
    """Return one bom: the release, its components with their containers, and the tree they make."""
    return msgspec.json.format(msgspec.json.encode(_bom(result)), indent=2) + b"\n"


def _bom(result: VetResult) -> dict[str, Any]:
    listed = _listed(result)
    return {
        "$schema": SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, f'{result.release.sha256} {result.unrig_version}')}",
        "version": 1,
        "metadata": _metadata(result),
        "components": [_component(artifact, told) for artifact, told in listed],
        "dependencies": list(_dependencies(result, [artifact for artifact, _told in listed])),
        "compositions": [{"aggregate": "incomplete", "assemblies": [_root_ref(result)]}],
    }


def _metadata(result: VetResult) -> dict[str, Any]:
    release = result.release
    said = {
        "unrig:verdict": str(result.verdict),
        "unrig:complete": str(result.complete).lower(),
        "unrig:format": release.format,
    }
    root: dict[str, Any] = {
        "type": "application",
        "bom-ref": _root_ref(result),
        "name": release.name or release.path,
        "hashes": [{"alg": "SHA-256", "content": release.sha256}],
    }
    return {
        "timestamp": result.generated_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "tools": {"components": [{"type": "application", "name": "unrig", "version": result.unrig_version}]},
        "component": {**root, **({"version": release.version[:LONGEST_VERSION]} if release.version else {})},
        "properties": _properties(said),
    }


def _root_ref(result: VetResult) -> str:
    return f"release:{result.release.sha256}"


def _listed(result: VetResult) -> list[tuple[Artifact, Component | None]]:
    """Return the artifacts that are components, and the containers on the way to them, each once, by path."""
    by_path = {artifact.path: artifact for artifact in result.artifacts}
    told = {component.artifact: component for component in result.components}
    wanted: dict[str, Artifact] = {}
    for artifact in result.artifacts:
        if artifact.id in told:
            wanted[artifact.path] = artifact
            inside = by_path.get(artifact.container)
            while inside is not None and inside.path not in wanted:
                wanted[inside.path] = inside
                inside = by_path.get(inside.container)
    return [(wanted[path], told.get(wanted[path].id)) for path in sorted(wanted)]


def _component(artifact: Artifact, told: Component | None) -> dict[str, Any]:
    identity = told.identity if told else artifact.identity
    entry: dict[str, Any] = {
        "type": _type(artifact, told),
        "bom-ref": artifact.id,
        "name": identity.name or artifact.path.rsplit("/", 1)[-1],
        "hashes": [{"alg": "SHA-256", "content": artifact.sha256}],
        "evidence": _evidence(artifact, told),
        "properties": _properties(_said(artifact, identity)),
    }
    if identity.version:
        entry["version"] = identity.version[:LONGEST_VERSION]
    if identity.purl:
        entry["purl"] = identity.purl
    if identity.signer is not None:
        entry["supplier"] = {"name": organisation_of(identity.signer.subject)}
    return entry


def _type(artifact: Artifact, told: Component | None) -> str:
    if told is None:
        return "file"
    return "application" if artifact.path.lower().endswith(PROGRAMS) else "library"


def _evidence(artifact: Artifact, told: Component | None) -> dict[str, Any]:
    entry: dict[str, Any] = {"occurrences": [{"location": artifact.path}]}
    if told is not None:
        method = {
            "technique": TECHNIQUES.get(told.told_by, "other"),
            "confidence": OWN_WORD,
            "value": told.told_by,
        }
        field, value = ("purl", told.identity.purl) if told.identity.purl else ("version", told.identity.version)
        shown = {"concludedValue": value} if value else {}
        entry["identity"] = [{"field": field, "confidence": OWN_WORD, **shown, "methods": [method]}]
    return entry


def _said(artifact: Artifact, identity: Identity) -> dict[str, str]:
    """Return what CycloneDX has no field for: who signed, and the hashes that signatures and deny lists go by."""
    said = {"unrig:format": artifact.format, "unrig:size": str(artifact.size)}
    if identity.signer is not None:
        said["unrig:signer:subject"] = identity.signer.subject
        said["unrig:signer:issuer"] = identity.signer.issuer
        said["unrig:signer:spki-sha256"] = identity.signer.spki_sha256
    for algorithm, value in identity.authenticode_hash.items():
        said[f"unrig:authenticode:{algorithm}"] = value
    return said


def _properties(said: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in sorted(said.items()) if value]


def _dependencies(result: VetResult, listed: Sequence[Artifact]) -> Iterator[dict[str, Any]]:
    """Yield each container with what stands in it; what stands in none, or in one not listed, is the release's own."""
    by_path = {artifact.path: artifact.id for artifact in listed}
    inside: dict[str, list[str]] = {_root_ref(result): [], **{artifact.id: [] for artifact in listed}}
    for artifact in listed:
        inside[by_path.get(artifact.container, _root_ref(result))].append(artifact.id)
    for ref, members in inside.items():
        yield {"ref": ref, **({"dependsOn": sorted(members)} if members else {})}
