"""What Electron wrote into a program, whole and lying."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec, ResourceSpec
from unrig.formats.electron_program import SENTINEL, fuses, hashes
from unrig.formats.pe import IS_DLL, read_header
from unrig.formats.pe_map import image
from unrig.formats.pe_resources import read_resources
from unrig.model.electron import AsarHash, ElectronFacts
from unrig.model.errors import FormatError
from unrig.vet.facts.electron import EXTRACTOR

ROW = {"file": "resources\\app.asar", "alg": "sha256", "value": "AB" * 32}


def program(rows: object = (ROW,), wire: bytes = b"\x01\x06" + b"010r10", name: str = "ELECTRONASAR") -> bytes:
    text = json.dumps(list(rows) if isinstance(rows, tuple) else rows).encode()
    data = build_pe(PeSpec(is_dll=False, resources=(ResourceSpec(type="INTEGRITY", name=name, size=len(text)),)), 1)
    view = memoryview(data)
    [found] = read_resources(image(view, read_header(view))).resources
    return data[: found.offset] + text + data[found.offset + found.size :] + SENTINEL + wire


def extract(data: bytes) -> ElectronFacts:
    found = EXTRACTOR.extract(memoryview(data))
    assert isinstance(found, ElectronFacts)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=ElectronFacts) == found
    return found


def test_hash_and_fuses_are_read() -> None:
    found = extract(program())
    assert found.hashes == (AsarHash(path="resources/app.asar", algorithm="SHA256", value="ab" * 32),)
    assert (found.fuses, found.checks_archive) == ("010r10", True)


def test_any_other_program_says_nothing() -> None:
    assert extract(build_pe(PeSpec(), 1)) == ElectronFacts()
    assert extract(program(name="OTHER")).hashes == ()


@pytest.mark.parametrize("wire", [b"", b"\1", b"\x02\x06" + b"010r10", b"\x01\xff" + b"0" * 300, b"\x01\x03" + b"01x"])
def test_a_wire_that_is_none_has_no_fuses(wire: bytes) -> None:
    assert fuses(memoryview(SENTINEL + wire)) == ""


@pytest.mark.parametrize("text", ["", "{", '"text"', "{}", "[1, null]", "[" * 5_000])
def test_a_list_that_is_none_has_no_hashes(text: str) -> None:
    assert hashes(text) == ()


@settings(deadline=None, max_examples=30)
@given(at=st.integers(0, 60_000), bit=st.integers(0, 7))
def test_a_flipped_bit_is_facts_or_a_format_error(at: int, bit: int) -> None:
    data = bytearray(program())
    data[at % len(data)] ^= 1 << bit
    try:
        extract(bytes(data))
    except FormatError:
        return


def test_a_library_is_never_electron() -> None:
    data = bytearray(program())
    flags = int.from_bytes(data[60:64], "little") + 22  # Characteristics of the file header
    data[flags + 1] |= IS_DLL >> 8
    assert extract(bytes(data)) == ElectronFacts()
