"""What the table holds, read back here by the specification's own words: dwLength, wRevision, wCertificateType."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable

import lief
import pytest
from asn1crypto import parser
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from unrig.drill.build.certificate_table import Lie, TableSpec
from unrig.drill.build.payload import MARKER, Kind, PayloadSpec
from unrig.drill.build.pe_spec import Machine, PeSpec
from unrig.drill.build.signing import SigningSpec, TimeStamp, signed_pe

Parse = Callable[[bytes], lief.PE.Binary]
SEED = 21
PE = PeSpec()
QUICK = TimeStamp.NONE


class Entry(Struct, frozen=True):
    length: int
    revision: int
    kind: int
    body: bytes


class Read(Struct, frozen=True):
    before: bytes
    table: bytes
    after: bytes
    entries: tuple[Entry, ...]


def made(table: TableSpec, machine: Machine = Machine.X64) -> bytes:
    return signed_pe(PeSpec(machine=machine), SigningSpec(time_stamp=QUICK, table=table), SEED)


def directory(data: bytes) -> tuple[int, int]:
    optional = int.from_bytes(data[0x3C:0x40], "little") + 24
    at = optional + (112 if data[optional : optional + 2] == b"\x0b\x02" else 96) + 32
    offset, size = struct.unpack_from("<II", data, at)
    return offset, size


def read(data: bytes) -> Read:
    offset, size = directory(data)
    table, entries = data[offset : offset + size], []
    at = 0
    while at + 8 <= len(table):
        length, revision, kind = struct.unpack_from("<IHH", table, at)
        if length < 8 or at + length > len(table) or revision != 0x200:
            break
        entries.append(Entry(length, revision, kind, table[at + 8 : at + length]))
        at += -(-length // 8) * 8
    return Read(data[:offset], table, data[offset + size :], tuple(entries))


def tail(entry: Entry) -> bytes:
    """What stands behind the entry's DER."""
    header, content, trailer = parser.parse(entry.body)[3:6]
    return entry.body[len(header) + len(content) + len(trailer) :]


@pytest.mark.parametrize("machine", list(Machine))
def test_the_default_is_what_signing_tools_write(machine: Machine) -> None:
    data = made(TableSpec(), machine)
    found = read(data)
    offset, size = directory(data)
    assert offset % 8 == 0
    assert offset + size == len(data)
    (entry,) = found.entries
    assert (entry.revision, entry.kind, entry.length) == (0x200, 2, size)
    assert len(tail(entry)) < 8
    assert not any(tail(entry))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 9_000), st.sampled_from(Kind))
def test_padding_stands_behind_the_der_inside_the_entry(size: int, kind: Kind) -> None:
    (entry,) = read(made(TableSpec(padding=PayloadSpec(size=size, kind=kind)))).entries
    hidden = tail(entry)
    assert size <= len(hidden) < size + 8
    assert hidden.startswith(MARKER) == (size >= len(MARKER) and kind is not Kind.ZEROS)
    assert not any(hidden[size:])


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 9_000))
def test_padding_is_the_only_difference_to_the_twin(size: int) -> None:
    twin, rigged = read(made(TableSpec())), read(made(TableSpec(padding=PayloadSpec(size=size))))
    blank = [index for index, (a, b) in enumerate(zip(twin.before, rigged.before, strict=True)) if a != b]
    optional = int.from_bytes(twin.before[0x3C:0x40], "little") + 24
    allowed = {*range(optional + 64, optional + 68), *range(optional + 112 + 32, optional + 112 + 40)}
    assert set(blank) <= allowed
    der = len(twin.entries[0].body) - len(tail(twin.entries[0]))
    assert rigged.entries[0].body[:der] == twin.entries[0].body[:der]


def test_padding_over_two_entries() -> None:
    found = read(made(TableSpec(padding=PayloadSpec(size=1_000), entries=2)))
    first, second = found.entries
    assert first.kind == second.kind == 2
    assert (tail(first) + tail(second))[: len(MARKER)] == MARKER
    assert len(tail(first)) + len(tail(second)) in range(1_000, 1_016)


@pytest.mark.parametrize("kind", [0, 1, 2, 3, 4, 0xFFFF])
def test_a_second_entry_of_any_type(kind: int) -> None:
    found = read(made(TableSpec(second=PayloadSpec(size=333), second_type=kind)))
    first, second = found.entries
    assert (first.kind, second.kind) == (2, kind)
    assert second.body[: len(MARKER)] == MARKER
    assert second.length == 8 + 336


def test_bytes_in_no_entry_and_after_the_table() -> None:
    found = read(made(TableSpec(between=PayloadSpec(size=64), after=PayloadSpec(size=77))))
    (entry,) = found.entries
    assert found.table[entry.length :].startswith(MARKER)
    assert len(found.table) - entry.length == 64
    assert found.after.startswith(MARKER)
    assert len(found.after) == 77


LENGTHS = {
    Lie.LENGTH_ZERO: lambda length, table: length == 0,
    Lie.LENGTH_HUGE: lambda length, table: length == 0xFFFFFFFF,
    Lie.LENGTH_UNALIGNED: lambda length, table: table - 8 < length <= table,
    Lie.LENGTH_SHORT: lambda length, table: 8 < length < table // 2 + 8,
    Lie.LENGTH_BEYOND: lambda length, table: length > table,
}


@pytest.mark.parametrize("lie", list(LENGTHS))
def test_lies_about_the_length(lie: Lie) -> None:
    data = made(TableSpec(lie=lie))
    table = read(data).table
    assert LENGTHS[lie](int.from_bytes(table[:4], "little"), len(table))
    honest = read(made(TableSpec())).table
    assert table[4:] == honest[4:]


def test_lies_about_the_place() -> None:
    offset, size = directory(made(TableSpec()))
    assert directory(made(TableSpec(lie=Lie.DIRECTORY_BEYOND))) == (offset, size + 0x1000)
    assert directory(made(TableSpec(lie=Lie.DIRECTORY_UNALIGNED))) == (offset - 4, size + 4)
    assert directory(made(TableSpec(lie=Lie.OVER_SECTIONS))) == (0x400, size)


@pytest.mark.parametrize("lie", list(Lie))
def test_lies_leave_the_length_of_the_file(lie: Lie) -> None:
    assert len(made(TableSpec(lie=lie))) == len(made(TableSpec()))


@pytest.mark.parametrize(
    "table",
    [
        TableSpec(padding=PayloadSpec(size=5_000)),
        TableSpec(padding=PayloadSpec(size=8_192, kind=Kind.ASCII)),
        TableSpec(padding=PayloadSpec(size=8)),
        TableSpec(second=PayloadSpec(size=600)),
        TableSpec(between=PayloadSpec(size=600)),
    ],
)
def test_the_signature_still_holds_over_a_stuffed_table(parse: Parse, table: TableSpec) -> None:
    pe = parse(made(table))
    honest = parse(made(TableSpec()))
    assert pe.verify_signature() == lief.PE.Signature.VERIFICATION_FLAGS.OK
    assert pe.authentihash_sha256 == honest.authentihash_sha256
    assert pe.optional_header.checksum == pe.compute_checksum()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**40), st.sampled_from(Lie))
def test_same_seed_same_bytes(seed: int, lie: Lie) -> None:
    signing = SigningSpec(time_stamp=QUICK, table=TableSpec(padding=PayloadSpec(size=100), lie=lie))
    first, second = (hashlib.sha256(signed_pe(PE, signing, seed)).digest() for _ in range(2))
    assert first == second
