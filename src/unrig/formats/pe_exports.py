"""Exports of a PE with their forwarders (PE specification, The .edata Section)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from msgspec import Struct

from unrig.formats.pe import EXPORT, Directory, directory, note
from unrig.formats.pe_map import Image, at, text_at, texts_at
from unrig.model.pe import Export

MAX_EXPORTS = 65_535  # an export ordinal is 16 bits
MAX_NAME_BYTES = 1 << 24  # over all names, so that one long name pointed at 65,535 times ends

_TABLE = struct.Struct("<IIHHIIIIIII")


class Exports(Struct, frozen=True, kw_only=True):
    """What a PE exports, by ordinal and name; one entry a name, and one a nameless address."""

    name: str = ""
    """The library's own name for itself."""
    exports: tuple[Export, ...] = ()
    damaged: tuple[str, ...] = ()


class _Named(Struct, frozen=True):
    """One row of the name pointer table: the name and its index into the address table."""

    name: str
    index: int


def read_exports(image: Image) -> Exports:
    """Return all exports that can be read; counts that lie and addresses outside the file are damage."""
    where = directory(image.header, EXPORT)
    if not where.rva:
        return Exports()
    damaged: list[str] = []
    raw = at(image, where.rva, _TABLE.size)
    if len(raw) < _TABLE.size:
        note(damaged, "exports", f"{_TABLE.size} bytes at {where.rva:#x}", f"{len(raw)} bytes")
        return Exports(damaged=tuple(damaged))
    _, _, _, _, name, base, functions, names, addresses_at, names_at, ordinals_at = _TABLE.unpack(raw)
    addresses = _numbers(image, addresses_at, functions, "I", damaged)
    name_rvas = _numbers(image, names_at, names, "I", damaged)
    indices = _numbers(image, ordinals_at, names, "H", damaged)
    named = list(_named(image, name_rvas, indices, damaged))
    forwarders = _forwarders(image, where, addresses)
    exports = [*_by_name(named, addresses, base, forwarders, damaged), *_nameless(named, addresses, base, forwarders)]
    return Exports(
        name=text_at(image, name).value,
        exports=tuple(sorted(exports, key=lambda export: (export.ordinal, export.name))),
        damaged=tuple(damaged),
    )


def _numbers(image: Image, rva: int, count: int, kind: str, damaged: list[str]) -> tuple[int, ...]:
    """Return the numbers of one of the three tables that are there."""
    size = struct.calcsize(kind)
    if count > MAX_EXPORTS:
        note(damaged, "exports", f"at most {MAX_EXPORTS}", str(count))
    wanted = min(count, MAX_EXPORTS)
    raw = at(image, rva, wanted * size)
    present = len(raw) // size
    if present < wanted:
        note(damaged, "exports", f"{wanted} entries at {rva:#x}", str(present))
    return struct.unpack_from(f"<{present}{kind}", raw)


def _named(image: Image, name_rvas: tuple[int, ...], indices: tuple[int, ...], damaged: list[str]) -> Iterator[_Named]:
    """Yield each name with its index, until the budget of name bytes ends."""
    spent = 0
    for text, rva, index in zip(texts_at(image, name_rvas), name_rvas, indices, strict=False):
        if not text.complete:
            note(damaged, "exports", "names that end in zero", f"none at {rva:#x}")
        spent += len(text.value)
        if spent > MAX_NAME_BYTES:
            note(damaged, "exports", f"at most {MAX_NAME_BYTES} bytes of names", "more")
            return
        yield _Named(text.value, index)


def _forwarders(image: Image, where: Directory, addresses: tuple[int, ...]) -> dict[int, str]:
    """Return the forwarder by address: an address inside the export directory itself points at its text."""
    inside = {address for address in addresses if where.rva <= address < where.rva + where.size}
    forwarders: dict[int, str] = {}
    spent = 0
    for address in sorted(inside):
        if spent > MAX_NAME_BYTES:
            break
        forwarders[address] = text_at(image, address).value
        spent += len(forwarders[address])
    return forwarders


def _by_name(
    named: list[_Named], addresses: tuple[int, ...], base: int, forwarders: dict[int, str], damaged: list[str]
) -> Iterator[Export]:
    """Yield the exports that have a name."""
    for entry in named:
        if entry.index >= len(addresses):
            note(damaged, "exports", f"an index below {len(addresses)}", str(entry.index))
            continue
        forwarder = forwarders.get(addresses[entry.index], "")
        yield Export(name=entry.name, ordinal=base + entry.index, forwarder=forwarder)


def _nameless(
    named: list[_Named], addresses: tuple[int, ...], base: int, forwarders: dict[int, str]
) -> Iterator[Export]:
    """Yield the exports that only an ordinal names; an address of zero is a gap in the ordinals."""
    indices = {entry.index for entry in named}
    for index, address in enumerate(addresses):
        if address and index not in indices:
            yield Export(name="", ordinal=base + index, forwarder=forwarders.get(address, ""))
