"""Where programs for Linux end: by segments and sections, and by no table that lies."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.formats.elf import read_end
from unrig.model.errors import FormatError

LOAD, BITS, NO_BITS = 1, 1, 8


def elf(
    *,
    is_64: bool = True,
    order: str = "<",
    segment: tuple[int, int] = (0x40, 0x100),
    section: tuple[int, int, int] = (BITS, 0x140, 0x40),
    size: int = 0,
) -> bytes:
    """Return an ELF with one segment and one section; `size` bytes in all, or as many as it needs."""
    ident = b"\x7fELF" + bytes([2 if is_64 else 1, 1 if order == "<" else 2, 1]) + bytes(9)
    own, of_segment, of_section = (64, 56, 64) if is_64 else (52, 32, 40)
    sections_at = 0x200
    word = "Q" if is_64 else "I"
    head = ident + struct.pack(
        f"{order}HHI3{word}I6H", 3, 62, 1, 0, own, sections_at, 0, own, of_segment, 1, of_section, 1, 0
    )
    if is_64:
        program = struct.pack(f"{order}II6Q", LOAD, 5, segment[0], 0, 0, segment[1], segment[1], 0)
        table = struct.pack(f"{order}II4QIIQQ", 0, section[0], 0, 0, section[1], section[2], 0, 0, 0, 0)
    else:
        program = struct.pack(f"{order}8I", LOAD, segment[0], 0, 0, segment[1], segment[1], 5, 0)
        table = struct.pack(f"{order}10I", 0, section[0], 0, 0, section[1], section[2], 0, 0, 0, 0)
    whole = (head + program).ljust(sections_at, b"\1") + table
    return whole.ljust(size or len(whole), b"\2")


CLASSES = pytest.mark.parametrize(("is_64", "order"), [(True, "<"), (True, ">"), (False, "<"), (False, ">")])


@CLASSES
def test_a_program_ends_behind_its_last_table(is_64: bool, order: str) -> None:
    data = elf(is_64=is_64, order=order)
    assert read_end(memoryview(data)).end == len(data)
    told = read_end(memoryview(data + b"more"))
    assert (told.end, told.damaged) == (len(data), "")


@CLASSES
def test_a_section_behind_the_tables_is_its_own(is_64: bool, order: str) -> None:
    data = elf(is_64=is_64, order=order, section=(BITS, 0x300, 0x80), size=0x400)
    assert read_end(memoryview(data)).end == 0x380


@CLASSES
def test_memory_that_is_only_reserved_takes_no_bytes(is_64: bool, order: str) -> None:
    data = elf(is_64=is_64, order=order, section=(NO_BITS, 0x300, 0x7FFFFFFF))
    assert read_end(memoryview(data)).end == len(data)


@pytest.mark.parametrize(
    ("data", "damage"),
    [
        (elf(segment=(0, 1 << 40)), "segments and sections: 1099511627776 bytes"),
        (elf()[:0x100], "section headers: 1 of 64 bytes at 512"),
        (elf()[:0x50], "program headers: 1 of 56 bytes at 64"),
        (elf().replace(struct.pack("<HHH", 56, 1, 64), struct.pack("<HHH", 8, 1, 64)), "program headers: 1 of 8 bytes"),
    ],
)
def test_tables_that_lie_leave_nothing_behind_the_program(data: bytes, damage: str) -> None:
    told = read_end(memoryview(data))
    assert told.end == len(data)
    assert told.damaged.startswith(damage)


@pytest.mark.parametrize("data", [b"", b"\x7fELF", b"\x7fELF\3\1\1" + bytes(99), b"\x7fELF\2\1\1".ljust(60, b"\0")])
def test_what_is_no_elf(data: bytes) -> None:
    with pytest.raises(FormatError):
        read_end(memoryview(data))


@settings(max_examples=100)
@given(st.data())
def test_any_changed_header_ends_within_the_file(draws: st.DataObject) -> None:
    data = bytearray(elf())
    for _ in range(draws.draw(st.integers(1, 6))):
        data[draws.draw(st.integers(7, 0x80))] = draws.draw(st.integers(0, 255))
    assert 0 <= read_end(memoryview(data)).end <= len(data)


def test_the_interpreter_itself_has_nothing_behind() -> None:
    import sys

    program = Path(sys.executable).resolve().read_bytes()
    if program[:4] == b"\x7fELF":
        told = read_end(memoryview(program))
        assert (told.end, told.damaged) == (len(program), "")
