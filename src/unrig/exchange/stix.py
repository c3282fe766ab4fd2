"""STIX 2.1: the objects unrig writes and reads, with identifiers that the same content always gets.

OASIS STIX Version 2.1 (10 June 2021); section numbers below are its. What somebody claims is a `note` with its
authors (4.11): there is no intrusion set and no relationship that would state an attribution as a fact. TLP 2.0
markings are the property extension that OASIS published (cti-stix-common-objects, extension-definition-specifications).
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from unrig.model.errors import FormatError, LimitError
from unrig.model.problem import Problem, ProblemKind, new_problem

MAX_BYTES = 256 << 20
"""All of ATT&CK for Enterprise is one bundle of 50 MB."""
MAX_PATTERN = 10_000
"""Characters; beyond it a pattern is a list that belongs into many indicators."""

SCO_NAMESPACE = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")  # 2.9, for observables
OWN_NAMESPACE = uuid.UUID(
    "ede6ae23-da44-438b-a02e-e42f3c43064a"
)  # unrig's, for everything else (2.9 forbids the other)
TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
TLP_CREATED = "2022-10-01T00:00:00.000Z"
TLP_IDS = {
    "clear": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "green": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "amber": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "amber+strict": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "red": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}


Version = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z$")]
"""When an object, or its version, was made: kept as text, since versions are told apart by it (3.6)."""


class ExternalReference(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where else the thing is described (2.5)."""

    source_name: str
    external_id: str = ""
    url: str = ""
    description: str = ""


class KillChainPhase(Struct, frozen=True, kw_only=True):
    """A column of a matrix (2.11)."""

    kill_chain_name: str
    phase_name: str


class _Observable(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: str
    spec_version: str = ""
    object_marking_refs: tuple[str, ...] = ()


class _Domain(_Observable, frozen=True, kw_only=True, omit_defaults=True):
    created: Version
    modified: Version
    created_by_ref: str = ""
    external_references: tuple[ExternalReference, ...] = ()


class MarkingDefinition(_Observable, frozen=True, kw_only=True, omit_defaults=True, tag="marking-definition"):
    """A marking (7.2); a TLP 2.0 one says its level in its extension."""

    created: Version
    name: str = ""
    definition_type: str = ""
    definition: dict[str, str] = {}
    extensions: dict[str, dict[str, str]] = {}


class Identity(_Domain, frozen=True, kw_only=True, omit_defaults=True, tag="identity"):
    """An organisation or a system (4.5)."""

    name: str
    identity_class: str = ""


class AttackPattern(_Domain, frozen=True, kw_only=True, omit_defaults=True, tag="attack-pattern"):
    """A technique (4.1)."""

    name: str
    kill_chain_phases: tuple[KillChainPhase, ...] = ()


class Campaign(_Domain, frozen=True, kw_only=True, omit_defaults=True, tag="campaign"):
    """What a case is about (4.2), without a word on by whom."""

    name: str
    description: str = ""


class Indicator(_Domain, frozen=True, kw_only=True, omit_defaults=True, tag="indicator"):
    """A pattern to look for (4.7)."""

    name: str = ""
    description: str = ""
    indicator_types: tuple[str, ...] = ()
    pattern: str
    pattern_type: str
    valid_from: dt.datetime
    valid_until: dt.datetime | None = None


class Note(_Domain, frozen=True, kw_only=True, omit_defaults=True, tag="note"):
    """What somebody said, with who said it (4.11)."""

    abstract: str = ""
    content: str
    authors: tuple[str, ...] = ()
    object_refs: tuple[str, ...]


class ObservedData(_Domain, frozen=True, kw_only=True, omit_defaults=True, tag="observed-data"):
    """That observables were seen, when and how often (4.14)."""

    first_observed: dt.datetime
    last_observed: dt.datetime
    number_observed: int
    object_refs: tuple[str, ...] = ()


class Report(_Domain, frozen=True, kw_only=True, omit_defaults=True, tag="report"):
    """What holds a bundle together (4.16)."""

    name: str
    description: str = ""
    report_types: tuple[str, ...] = ()
    published: dt.datetime
    object_refs: tuple[str, ...]


class Relationship(_Domain, frozen=True, kw_only=True, omit_defaults=True, tag="relationship"):
    """How two objects belong together (5.1)."""

    relationship_type: str
    source_ref: str
    target_ref: str
    description: str = ""


class Sighting(_Domain, frozen=True, kw_only=True, omit_defaults=True, tag="sighting"):
    """That something was seen, and where (5.2)."""

    sighting_of_ref: str
    first_seen: dt.datetime | None = None
    last_seen: dt.datetime | None = None
    count: int | None = None
    observed_data_refs: tuple[str, ...] = ()
    where_sighted_refs: tuple[str, ...] = ()
    description: str = ""


class File(_Observable, frozen=True, kw_only=True, omit_defaults=True, tag="file"):
    """A file (6.7), by its hashes as `SHA-256`."""

    hashes: dict[str, str] = {}
    name: str = ""
    size: int | None = None


class DomainName(_Observable, frozen=True, kw_only=True, omit_defaults=True, tag="domain-name"):
    """A domain name (6.4)."""

    value: str


StixObject = (
    MarkingDefinition
    | Identity
    | AttackPattern
    | Campaign
    | Indicator
    | Note
    | ObservedData
    | Report
    | Relationship
    | Sighting
    | File
    | DomainName
)


class Bundle(Struct, frozen=True, kw_only=True, tag="bundle"):
    """Objects that travel together (8)."""

    id: str
    objects: tuple[StixObject, ...]


class ReadBundle(Struct, frozen=True, kw_only=True):
    """What was read of a bundle: the objects of the types above, and what was not."""

    bundle: Bundle
    passed_over: tuple[str, ...]
    """Types of objects that unrig has no use for, sorted."""
    problems: tuple[Problem, ...]


class Comparison(Struct, frozen=True, kw_only=True):
    """One `path = 'value'` of a pattern (9.6)."""

    path: str
    """As `file:hashes.'SHA-256'`."""
    value: str


def own_id(kind: str, *keys: str) -> str:
    """Return the identifier that an object of unrig's own always gets for what identifies it (2.9)."""
    return f"{kind}--{uuid.uuid5(OWN_NAMESPACE, json.dumps([kind, *keys]))}"


def version(at: dt.datetime) -> Version:
    """Return a moment as `created` and `modified` want it: in UTC, to the millisecond (3.2)."""
    return at.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def file(sha256: str, name: str = "") -> File:
    """Return a file with the identifier that every producer gives it (6.7, ID contributing properties)."""
    contributing: dict[str, object] = {"hashes": {"SHA-256": sha256}, **({"name": name} if name else {})}
    return File(id=_observable_id("file", contributing), spec_version="2.1", hashes={"SHA-256": sha256}, name=name)


def domain_name(value: str) -> DomainName:
    """Return a domain name with the identifier that every producer gives it (6.4, ID contributing properties)."""
    return DomainName(id=_observable_id("domain-name", {"value": value}), spec_version="2.1", value=value)


def tlp_marking(level: str) -> MarkingDefinition:
    """Return the marking of a TLP 2.0 level, as OASIS published it; raises KeyError for a level that is none."""
    return MarkingDefinition(
        id=TLP_IDS[level],
        spec_version="2.1",
        created=TLP_CREATED,
        name=f"TLP:{level.upper()}",
        extensions={TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": level}},
    )


def bundle(objects: Iterable[StixObject]) -> Bundle:
    """Return the objects as a bundle: each once, sorted by identifier, which give the bundle its own."""
    by_id = {one.id: one for one in objects}
    return Bundle(id=own_id("bundle", *sorted(by_id)), objects=tuple(by_id[key] for key in sorted(by_id)))


def write(contents: Bundle) -> bytes:
    """Return a bundle as JSON, two spaces deep, that `read` reads back as the same."""
    return msgspec.json.format(msgspec.json.encode(contents), indent=2) + b"\n"


def read_sealed(argument: str, descriptors: tuple[int, ...]) -> ReadBundle:
    """Return the bundle open as the only descriptor; `argument` is what a person calls it. Raises as `read`."""
    (descriptor,) = descriptors
    with os.fdopen(os.dup(descriptor), "rb") as opened:
        return read(opened.read(MAX_BYTES + 1), argument)


class _RawBundle(Struct, frozen=True, kw_only=True, tag="bundle"):
    id: str
    objects: tuple[msgspec.Raw, ...] = ()


class _Head(Struct, frozen=True, kw_only=True):
    type: str
    id: str = ""


def read(data: bytes, name: str) -> ReadBundle:
    """Return what a bundle of any producer holds; an object that is not as it should be is a problem.

    `name` is what a person calls the file. Raises FormatError for what is no bundle, LimitError above MAX_BYTES.
    """
    if len(data) > MAX_BYTES:
        raise LimitError(name, f"{MAX_BYTES} bytes", f"at least {len(data)} bytes")
    try:
        raw = msgspec.json.decode(data, type=_RawBundle)
    except _UNREADABLE as error:
        raise FormatError(name, "a STIX bundle", str(error)) from None
    found = [_object(one, f"{name}: object {number}") for number, one in enumerate(raw.objects, 1)]
    return ReadBundle(
        bundle=Bundle(id=raw.id, objects=tuple(one for one in found if not isinstance(one, str | Problem))),
        passed_over=tuple(sorted({one for one in found if isinstance(one, str)})),
        problems=tuple(one for one in found if isinstance(one, Problem)),
    )


_UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)  # bytes that are not UTF-8 give a ValueError
_DECODER: msgspec.json.Decoder[StixObject] = msgspec.json.Decoder(StixObject)
_TYPES = frozenset({one.__struct_config__.tag for one in StixObject.__args__})


def _object(raw: msgspec.Raw, where: str) -> StixObject | str | Problem:
    try:
        head = msgspec.json.decode(raw, type=_Head)
        if head.type not in _TYPES:
            return head.type
        return _DECODER.decode(raw)
    except _UNREADABLE as error:
        return new_problem(
            kind=ProblemKind.FORMAT,
            where=where,
            expected="an object of STIX 2.1",
            observed=str(error)[:200],
            effect="this object was not taken",
            action="ask its producer for a valid bundle",
        )


_COMPARISON = r"([a-z][a-z0-9-]{0,60}:[A-Za-z0-9_.'-]{1,120})\s*=\s*'((?:[^'\\]|\\['\\])*)'"
_PATTERN = re.compile(rf"\s*\[\s*{_COMPARISON}(?:\s+OR\s+{_COMPARISON})*\s*\]\s*")


def comparisons(pattern: str) -> tuple[Comparison, ...]:
    """Return the alternatives of a pattern that is one observation of equalities joined by OR (9.6).

    Empty for every other pattern: half of a condition (AND, FOLLOWEDBY, NOT, LIKE) would match what the whole does not.
    """
    parts = [part.strip() for part in re.split(r"\]\s+OR\s+\[", pattern[: MAX_PATTERN + 1])]
    if len(pattern) > MAX_PATTERN or not all(_PATTERN.fullmatch(f"[{part.strip('[]')}]") for part in parts):
        return ()
    return tuple(
        Comparison(path=path, value=re.sub(r"\\(['\\])", r"\1", value))
        for path, value in re.findall(_COMPARISON, pattern)
    )


def equality(path: str, value: str) -> str:
    """Return the pattern that matches one value of one property (9.6), quoted as 9.4 asks."""
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"[{path} = '{quoted}']"


def _observable_id(kind: str, contributing: Mapping[str, object]) -> str:
    # RFC 8785 asks of these values what json.dumps gives: keys sorted, no spaces, characters as they are
    canonical = json.dumps(contributing, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"{kind}--{uuid.uuid5(SCO_NAMESPACE, canonical)}"
