"""What the streams of a compound file are called and what they are for, where it is an installer database."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from types import MappingProxyType

from unrig.formats import msi_names, ole
from unrig.formats.ole_directory import Entry
from unrig.model.msi import StreamSize

KINDS: Mapping[bytes, str] = MappingProxyType(
    {
        uuid.UUID("000C1084-0000-0000-C000-000000000046").bytes_le: "msi",
        uuid.UUID("000C1086-0000-0000-C000-000000000046").bytes_le: "msp",
        uuid.UUID("000C1082-0000-0000-C000-000000000046").bytes_le: "mst",
    }
)
"""Class identifiers of the root storage: database, patch, transform (msiquery.h, wine's dlls/msi)."""
TABLE_MARK = "!"  # as 7-Zip writes it; no stream's own name may hold one ([MS-CFB] 2.6.1)
SIGNATURE, SIGNATURE_EX = "\5DigitalSignature", "\5MsiDigitalSignatureEx"
SUMMARY = "\5SummaryInformation"
TABLE = chr(msi_names.TABLE)
_ROLES = {SIGNATURE: "signature", SIGNATURE_EX: "signature", SUMMARY: "summary"}


def kind(structure: ole.OleStructure) -> str:
    """Return msi, msp, mst, or ole. The root says so, or failing that tables do: a lie hides no installer."""
    root = structure.entries[0] if structure.entries else None
    named = KINDS.get(root.class_id, "") if root else ""
    if named:
        return named
    tables = {msi_names.decode(e.name).text for e in structure.entries if e.kind == "stream" and e.name[:1] == TABLE}
    return "msi" if {"_StringPool", "_Tables"} & tables else "ole"


def paths(structure: ole.OleStructure) -> dict[int, str]:
    """Return the path of every stream and storage by its index; names are unpacked where this is an installer's file."""
    return ole.paths(structure, ole.shown if kind(structure) == "ole" else _unpacked)


def _unpacked(entry: Entry) -> str:
    name = msi_names.decode(entry.name)
    return f"{TABLE_MARK if name.is_table else ''}{ole.segment(name.text)}"


def stream_sizes(structure: ole.OleStructure, cabinets: frozenset[str]) -> tuple[StreamSize, ...]:
    """Return all streams with their roles, by path; `cabinets` are the names that the Media table gives."""
    named = paths(structure)
    found = [
        StreamSize(path=named[e.index], size=e.size, role=_role(e, cabinets), linked=e.linked)
        for e in structure.entries
        if e.kind == "stream"
    ]
    return tuple(sorted(found, key=lambda stream: stream.path))


def _role(entry: Entry, cabinets: frozenset[str]) -> str:
    if entry.name in _ROLES:
        return _ROLES[entry.name]
    name = msi_names.decode(entry.name)
    if name.is_table:
        return "table"
    if ole.segment(name.text) in cabinets:
        return "cabinet"
    table = name.text.partition(".")[0]
    return table.lower() if table in {"Binary", "Icon"} else "other"


def top(structure: ole.OleStructure, name: str) -> Entry | None:
    """Return the stream of this name that the root lists."""
    found = (e for e in structure.entries if e.kind == "stream" and e.parent == 0 and e.name == name)
    return next(found, None)
