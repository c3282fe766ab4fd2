"""The attribute certificate table of a PE ("The Attribute Certificate Table", PE Format; WIN_CERTIFICATE, wintrust.h).

Authenticode does not hash this table, so every byte of it is accounted for here: by an entry's header, by
the DER value inside, or as unexplained. Types other than PKCS #7 are reserved or "not supported": nothing reads
them, so their content is unexplained as a whole.
"""

from __future__ import annotations

import struct

from msgspec import Struct

from unrig.formats import der, entropy
from unrig.model.errors import FormatError
from unrig.model.signature import Bytes, TableEntry

ALIGNMENT = 8  # PE Format: entries start at quadword boundaries
HEADER = struct.Struct("<IHH")  # dwLength, wRevision, wCertificateType
SIGNED_DATA_TYPE = 2  # WIN_CERT_TYPE_PKCS_SIGNED_DATA
REVISIONS = (0x0100, 0x0200)
MOST_ENTRIES = 64  # signtool writes one, EFI tools up to a few


class Table(Struct, frozen=True, kw_only=True):
    """The table, byte for byte. `values` are the PKCS #7 values by entry, as elements of the file."""

    entries: tuple[TableEntry, ...] = ()
    values: dict[int, der.Element]
    between: Bytes | None = None
    damaged: tuple[str, ...] = ()


def read(data: memoryview, offset: int, end: int) -> Table:
    """Return the entries between two offsets of the file, which lie inside it."""
    entries: list[TableEntry] = []
    values: dict[int, der.Element] = {}
    place = offset
    while len(entries) < MOST_ENTRIES and _starts_entry(data, place, end, len(entries)):
        entry, value = _entry(data, place, end, len(entries))
        entries.append(entry)
        if value:
            values[entry.index] = value
        place = _entry_end(entry, end)
        if entry.declared_length < HEADER.size:
            break
    return Table(
        entries=tuple(entries),
        values=values,
        between=entropy.measure(data, place, end - place) if place < end else None,
        damaged=tuple(f"certificate table entry {e.index}: {e.damage}" for e in entries if e.damage),
    )


def _starts_entry(data: memoryview, offset: int, end: int, index: int) -> bool:
    """Tell whether an entry starts here: not where zeros fill the rest up, nor, after the first, at mere bytes.

    Mere bytes are a header whose revision is unknown and whose length does not fit.
    """
    if end - offset < HEADER.size:
        return False
    length, revision, _ = HEADER.unpack_from(data, offset)
    if not any(data[offset : offset + HEADER.size]) and not bytes(data[offset:end]).rstrip(b"\0"):
        return False
    return index == 0 or revision in REVISIONS or HEADER.size <= length <= end - offset


def _entry_end(entry: TableEntry, end: int) -> int:
    """Where the next entry may start: behind the length rounded up to 8, or behind the header where that lies."""
    length = max(entry.declared_length, HEADER.size)
    return min(end, entry.offset + (length + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT)


def _entry(data: memoryview, offset: int, end: int, index: int) -> tuple[TableEntry, der.Element | None]:
    """Read one WIN_CERTIFICATE and the DER value it holds."""
    length, revision, kind = HEADER.unpack_from(data, offset)
    damage = _damage(length, revision, end - offset)
    entry = TableEntry(
        index=index, offset=offset, declared_length=length, revision=revision, type=kind, der_length=0, damage=damage
    )
    if length < HEADER.size:
        return entry, None
    body, stop = offset + HEADER.size, _entry_end(entry, end)
    value: der.Element | None = None
    if kind == SIGNED_DATA_TYPE:
        try:
            value = der.expect(der.read(data, body, min(stop, offset + length)), der.SEQUENCE, "a SEQUENCE")
        except FormatError as error:
            damage = "; ".join(filter(None, (damage, str(error))))
    else:
        damage = "; ".join(filter(None, (damage, f"expected type {SIGNED_DATA_TYPE}, found {kind:#x}")))
    explained = value.end if value else body
    entry = TableEntry(
        index=index,
        offset=offset,
        declared_length=length,
        revision=revision,
        type=kind,
        der_length=value.end - value.start if value else 0,
        unexplained=entropy.measure(data, explained, stop - explained) if explained < stop else None,
        damage=damage,
    )
    return entry, value


def _damage(length: int, revision: int, available: int) -> str:
    """Say what the header itself lies about."""
    found = []
    if length < HEADER.size:
        found.append(f"expected a dwLength of at least {HEADER.size}, found {length}")
    if length > available:
        found.append(f"expected a dwLength of at most {available}, found {length}")
    if revision not in REVISIONS:
        found.append(f"expected revision 0x0100 or 0x0200, found {revision:#06x}")
    return "; ".join(found)
