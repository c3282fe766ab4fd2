"""OpenVEX 0.2.0 documents, read and written (OpenVEX specification v0.2.0, "Document", "Statement", "Product").

Writing is canonical: fields in the order of the specification, two spaces of indent, UTF-8, one newline at the end.
Times are RFC 3339 in UTC. What a status must have beside it is checked here and nowhere else.
"""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal

import msgspec
from msgspec import Struct, field

from unrig.model.errors import FormatError

CONTEXT: Final = "https://openvex.dev/ns/v0.2.0"

Status = Literal["not_affected", "affected", "fixed", "under_investigation"]
Justification = Literal[
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
]


class Vulnerability(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the statements are about; a rigged release seldom has a CVE on its first day."""

    id: str = field(name="@id", default="")
    name: str
    description: str = ""
    aliases: tuple[str, ...] = ()


class Product(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A product by IRI, and by identifiers (purl, cpe22, cpe23) and hashes (`sha-256`) that scanners match."""

    id: str = field(name="@id")
    identifiers: dict[str, str] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)


class Statement(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One assertion: these products, this vulnerability, this status."""

    id: str = field(name="@id", default="")
    vulnerability: Vulnerability
    products: tuple[Product, ...]
    status: Status
    status_notes: str = ""
    justification: Justification | None = None
    impact_statement: str = ""
    action_statement: str = ""


class OpenVex(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A document: who says it, when, and the statements."""

    id: str = field(name="@id")
    author: str
    role: str = ""
    timestamp: dt.datetime
    version: int
    tooling: str = ""
    statements: tuple[Statement, ...]


class _OnDisk(Struct, frozen=True, kw_only=True, tag_field="@context", tag=CONTEXT):
    """The first key of the file, apart: everything else is `OpenVex`."""


def write_openvex(document: OpenVex) -> bytes:
    """Return the document's bytes. Raises ValueError where a statement lacks what its status asks for."""
    fault = _fault(document)
    if fault:
        raise ValueError(fault)
    fields = msgspec.to_builtins(document)
    encoded = msgspec.json.encode({"@context": CONTEXT, **fields})
    return msgspec.json.format(encoded, indent=2) + b"\n"


def read_openvex(data: bytes, where: str) -> OpenVex:
    """Return the document that some bytes hold; raises `FormatError` if they are no OpenVEX 0.2.0."""
    try:
        msgspec.json.decode(data, type=_OnDisk)
        document = msgspec.json.decode(data, type=OpenVex)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(where, "an OpenVEX 0.2.0 document", str(error)) from error
    fault = _fault(document)
    if fault:
        raise FormatError(where, "statements with what their status asks for", fault)
    return document


def _fault(document: OpenVex) -> str:
    """Return what is wrong with a document beyond its types; empty where nothing is."""
    if not document.statements:
        return "no statement"
    if document.version < 1:
        return f"version {document.version}, where the first is 1"
    if len(set(map(msgspec.json.encode, document.statements))) < len(document.statements):
        return "a statement that stands there twice"
    for number, statement in enumerate(document.statements):
        if statement.status == "affected" and not statement.action_statement:
            return f"statement {number} says affected and no action"
        if statement.status == "not_affected" and not (statement.justification or statement.impact_statement):
            return f"statement {number} says not_affected and no justification"
        if not statement.products:
            return f"statement {number} names no product"
    return ""
