"""Read-only data of a PE: imports, delay imports, exports, debug entries, texts.

Microsoft PE/COFF specification, section 6. Each writer takes the place its bytes will stand at and
returns them with the directory entries that point into them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from msgspec import Struct

from unrig.drill.build.pe_parts import FUNCTION_SPAN, Directory, Extent, Part, Place, padded
from unrig.drill.build.pe_spec import ExportSpec, Machine, PeSpec
from unrig.drill.build.seeds import stream


def read_only_data(spec: PeSpec, place: Place, seed: int) -> Part:
    """Return .rdata: every part in turn, each on a boundary of 16 bytes."""
    writers: tuple[Callable[[PeSpec, Place, int], Part], ...] = (imports, delay_imports, exports, debug, texts)
    data = b""
    directories: dict[Directory, Extent] = {}
    for write in writers:
        part = write(spec, place.moved(len(data)), seed)
        directories |= part.directories
        data += padded(part.data, 16)
    return Part(data=data or bytes(16), directories=directories)


class _Thunks(Struct, frozen=True, kw_only=True):
    """The lookup table of one library and the names it points at."""

    table: bytes
    names: bytes


def _thunk_width(spec: PeSpec) -> int:
    return 8 if spec.machine is Machine.X64 else 4


def _number(spec: PeSpec, value: int) -> bytes:
    return value.to_bytes(_thunk_width(spec), "little")


def _thunks(spec: PeSpec, functions: tuple[str, ...], names_rva: int) -> _Thunks:
    """Write the import lookup table whose hint/name entries start at `names_rva`."""
    table, names = b"", b""
    ordinal_flag = 1 << (8 * _thunk_width(spec) - 1)
    for function in functions:
        if function.startswith("#"):
            table += _number(spec, ordinal_flag | int(function[1:]))
            continue
        table += _number(spec, names_rva + len(names))
        names += padded(b"\0\0" + function.encode("ascii") + b"\0", 2)
    return _Thunks(table=table + _number(spec, 0), names=names)


def imports(spec: PeSpec, place: Place, _seed: int) -> Part:
    """Write the import directory: descriptors, then for each library its two tables, names and own name."""
    if not spec.imports:
        return Part()
    descriptors_size = 20 * (len(spec.imports) + 1)
    addresses_size = sum(_thunk_width(spec) * (len(functions) + 1) for functions in spec.imports.values())
    descriptors, addresses, rest = b"", b"", b""
    rest_rva = place.rva + descriptors_size + addresses_size
    for library, functions in spec.imports.items():
        lookup_rva = rest_rva + len(rest)
        table_size = _thunk_width(spec) * (len(functions) + 1)
        thunks = _thunks(spec, functions, lookup_rva + table_size)
        rest += thunks.table + thunks.names
        address_rva = place.rva + descriptors_size + len(addresses)
        descriptors += struct.pack("<5I", lookup_rva, 0, 0, rest_rva + len(rest), address_rva)
        addresses += thunks.table
        rest = padded(rest + library.encode("ascii") + b"\0", 8)
    return Part(
        data=descriptors + bytes(20) + addresses + rest,
        directories={
            Directory.IMPORT: Extent(rva=place.rva, size=descriptors_size),
            Directory.IAT: Extent(rva=place.rva + descriptors_size, size=addresses_size),
        },
    )


def delay_imports(spec: PeSpec, place: Place, _seed: int) -> Part:
    """Write the delay-load directory (RVA based, attributes 1); its address tables point at the code."""
    if not spec.delay_imports:
        return Part()
    size = 32 * (len(spec.delay_imports) + 1)
    descriptors, rest = b"", b""
    for library, functions in spec.delay_imports.items():
        base = place.rva + size + len(rest)
        width = _thunk_width(spec) * (len(functions) + 1)
        thunks = _thunks(spec, functions, base + 8 + 2 * width)
        waiting = _number(spec, place.image_base + place.code_rva) * len(functions) + _number(spec, 0)
        block = bytes(8) + waiting + thunks.table + thunks.names
        descriptors += struct.pack("<8I", 1, base + len(block), base, base + 8, base + 8 + width, 0, 0, 0)
        rest = padded(rest + block + library.encode("ascii") + b"\0", 8)
    extent = Extent(rva=place.rva, size=size)
    return Part(data=descriptors + bytes(32) + rest, directories={Directory.DELAY_IMPORT: extent})


def exports(spec: PeSpec, place: Place, _seed: int) -> Part:
    """Write the export directory: names sorted, as the loader's binary search asks; forwarders inside it."""
    if not spec.exports:
        return Part()
    entries = sorted(spec.exports, key=lambda entry: entry.name.encode("ascii"))
    count = len(entries)
    tables_rva = place.rva + 40
    texts_rva = tables_rva + 10 * count
    text = spec.export_name.encode("ascii") + b"\0"
    addresses, names = b"", b""
    for index, entry in enumerate(entries):
        names += struct.pack("<I", texts_rva + len(text))
        text += entry.name.encode("ascii") + b"\0"
        addresses += struct.pack("<I", _export_rva(entry, place, texts_rva + len(text), index, spec.functions))
        text += entry.forwarder.encode("ascii") + b"\0" if entry.forwarder else b""
    header = struct.pack(
        "<IIHHIIIIIII",
        *(0, spec.timestamp, 0, 0, texts_rva, 1, count, count),
        *(tables_rva, tables_rva + 4 * count, tables_rva + 8 * count),
    )
    data = header + addresses + names + struct.pack(f"<{count}H", *range(count)) + text
    return Part(data=data, directories={Directory.EXPORT: Extent(rva=place.rva, size=len(data))})


def _export_rva(entry: ExportSpec, place: Place, forwarder_rva: int, index: int, functions: int) -> int:
    if entry.forwarder:
        return forwarder_rva
    if place.functions:
        return place.functions[(index + 1) % len(place.functions)]
    return place.code_rva + FUNCTION_SPAN * (index % functions)


def debug(spec: PeSpec, place: Place, seed: int) -> Part:
    """Write CodeView (RSDS) and REPRO entries (PE specification, debug types 2 and 16)."""
    entries: list[tuple[int, bytes]] = []
    if spec.pdb_path:
        entries.append((2, b"RSDS" + stream(seed, "pdb", 16) + struct.pack("<I", 1) + spec.pdb_path.encode() + b"\0"))
    if spec.repro:
        entries.append((16, struct.pack("<I", 32) + stream(seed, "repro", 32)))
    size = 28 * len(entries)
    headers, bodies = b"", b""
    for kind, body in entries:
        at = size + len(bodies)
        headers += struct.pack("<IIHHIIII", 0, spec.timestamp, 0, 0, kind, len(body), place.rva + at, place.offset + at)
        bodies = padded(bodies + body, 4)
    directories = {Directory.DEBUG: Extent(rva=place.rva, size=size)} if entries else {}
    return Part(data=headers + bodies, directories=directories)


def texts(spec: PeSpec, _place: Place, _seed: int) -> Part:
    """Write the embedded texts, each ended by a zero character."""
    narrow = b"".join(text.encode("ascii") + b"\0" for text in spec.strings)
    wide = b"".join(text.encode("utf-16-le") + b"\0\0" for text in spec.wide_strings)
    return Part(data=padded(narrow, 4) + wide)
