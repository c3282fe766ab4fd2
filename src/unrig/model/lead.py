"""Leads: what one verb hands to the next. JSON on disk, so every verb works alone and on other tools' output."""

from __future__ import annotations

import hashlib

from msgspec import Struct

from unrig.model.identity import Identity, Signer
from unrig.model.moment import Window


class HashLead(Struct, frozen=True, kw_only=True, tag="hash"):
    """Look for this very thing, by the keys of its identity that discriminate."""

    id: str
    identity: Identity
    findings: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    window: Window = Window()


class ManifestEntry(Struct, frozen=True, kw_only=True):
    """One file that a release ships."""

    path: str
    sha256: str
    signer: Signer | None = None


class ManifestLead(Struct, frozen=True, kw_only=True, tag="manifest"):
    """What a release consists of: anything else loaded from the product's folder is not from this release."""

    id: str
    product: str
    version: str = ""
    entries: tuple[ManifestEntry, ...]
    rigged: tuple[str, ...] = ()
    """SHA-256 of those entries that carry a finding: part of the release, yet not good."""
    findings: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    window: Window = Window()


class SideLoadLead(Struct, frozen=True, kw_only=True, tag="side_load"):
    """A program that loads a module of this name from folders it searches first."""

    id: str
    program: str
    module: str
    folders: tuple[str, ...]
    findings: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    window: Window = Window()


class CarrierReadLead(Struct, frozen=True, kw_only=True, tag="carrier_read"):
    """A module that reads another file of the release in which data is hidden."""

    id: str
    reader: str
    carrier: str
    findings: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    window: Window = Window()


class NetworkNameLead(Struct, frozen=True, kw_only=True, tag="network_name"):
    """A domain by label suffix, never by substring, and the shape of the URL."""

    id: str
    suffix: str
    url_pattern: str = ""
    findings: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    window: Window = Window()


class UserAgentLead(Struct, frozen=True, kw_only=True, tag="user_agent"):
    """A user agent that contradicts the version of the product that sends it."""

    id: str
    pattern: str
    contradicts_version: str = ""
    findings: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    window: Window = Window()


class ChildLead(Struct, frozen=True, kw_only=True, tag="child"):
    """The children a program is expected to start; any other is worth a look."""

    id: str
    parent: str
    expected: tuple[str, ...]
    findings: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    window: Window = Window()


class FileNameLead(Struct, frozen=True, kw_only=True, tag="file_name"):
    """A file name that the release writes or reads."""

    id: str
    name: str
    findings: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    window: Window = Window()


class RegistryValueLead(Struct, frozen=True, kw_only=True, tag="registry_value"):
    """A registry value that the release writes."""

    id: str
    key: str
    value: str = ""
    findings: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    window: Window = Window()


Lead = (
    HashLead
    | ManifestLead
    | SideLoadLead
    | CarrierReadLead
    | NetworkNameLead
    | UserAgentLead
    | ChildLead
    | FileNameLead
    | RegistryValueLead
)


def lead_id(kind: str, *keys: str) -> str:
    """Return 16 hex digits over the kind and what identifies the lead."""
    return hashlib.sha256("\n".join([kind, *keys]).encode()).hexdigest()[:16]
