"""A release and the artifacts in it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from unrig.model.identity import Identity


class Trust(StrEnum):
    """How far a release may be leaned on as known good."""

    ASSUMED = "assumed"
    VETTED = "vetted"
    REBUILT = "rebuilt"


class Artifact(Struct, frozen=True, kw_only=True):
    """One file of a release at one path; equal bytes at two paths are two artifacts."""

    id: str
    path: str
    sha256: str
    size: int
    format: str
    """Told by structure: pe, zip, tar, text, opaque, ..."""
    container: str = ""
    """Path of the archive it stands in; empty at the top."""
    stored_as: str = ""
    """What its container calls it, where its path is the one that an installer installs it to."""
    identity: Identity = Identity()


class Release(Struct, frozen=True, kw_only=True):
    """What a publisher shipped, as one thing."""

    name: str
    version: str = ""
    platform: str = ""
    path: str
    sha256: str
    size: int
    format: str
    trust: Trust = Trust.ASSUMED


class Component(Struct, frozen=True, kw_only=True):
    """A named part found in a release or an SBOM, and how it was told."""

    identity: Identity
    artifact: str
    told_by: str


def artifact_id(release_sha256: str, path: str) -> str:
    """Return sha256(release sha256, path) in hex: the same artifact has the same id on every machine."""
    return hashlib.sha256(f"{release_sha256}\n{path}".encode()).hexdigest()


def folder_sha256(entries: Iterable[tuple[str, str]]) -> str:
    """Return the hash of a folder: over its sorted (path, sha256) pairs, one a line."""
    digest = hashlib.sha256()
    for path, sha256 in sorted(entries):
        digest.update(f"{sha256}  {path}\n".encode())
    return digest.hexdigest()
