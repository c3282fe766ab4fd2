"""Facts about programs for Linux: what stands behind them is measured, tables that lie are said."""

from __future__ import annotations

import struct

import pytest

from unrig.model.errors import FormatError
from unrig.model.signature import Nature
from unrig.vet.facts.elf import EXTRACTOR, extract

HEAD = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHI3QI6H", 2, 62, 1, 0, 0, 0, 0, 64, 56, 0, 64, 0, 0)


def test_nothing_behind() -> None:
    facts = extract(memoryview(HEAD))
    assert (facts.end, facts.overlay, facts.damaged) == (64, None, ())


def test_what_stands_behind_is_measured() -> None:
    facts = extract(memoryview(HEAD + b"a line of text\n" * 100))
    assert facts.overlay is not None
    assert (facts.overlay.span.offset, facts.overlay.span.length) == (64, 1500)
    assert facts.overlay.nature is Nature.ASCII


def test_a_table_outside_is_damage() -> None:
    lying = bytearray(HEAD)
    struct.pack_into("<H", lying, 56, 9)
    assert extract(memoryview(lying)).damaged == ("program headers: 9 of 56 bytes at 0, 64 bytes in all",)


def test_what_is_none_is_said() -> None:
    with pytest.raises(FormatError):
        extract(memoryview(b"MZ"))
    assert EXTRACTOR.formats == ("elf",)
