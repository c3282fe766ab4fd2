"""Constants in front of calls that wait, in code for both processors; the bytes here are never run."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import CodeSpec, Machine, Mention, PeSpec
from unrig.formats.pe import read_header
from unrig.formats.pe_code import Stretch, stretches
from unrig.formats.pe_imports import import_slots
from unrig.formats.pe_map import Image, image
from unrig.formats.pe_waits import waits

WEEK = 604_800_000
NAMES = ("Sleep", "SleepEx", "WaitForSingleObject", "WaitForMultipleObjects", "GetTickCount")
START = 0x1000


def program(machine: Machine = Machine.X64) -> Image:
    data = memoryview(build_pe(PeSpec(machine=machine, imports={"KERNEL32.dll": NAMES}), 1))
    return image(data, read_header(data))


def found(before: bytes, name: str, machine: Machine = Machine.X64) -> list[tuple[str, int]]:
    """Return the waits of a piece of code: these instructions, and a call of this function through its slot."""
    view = program(machine)
    slot = next(slot for slot, called in import_slots(view).items() if called == name)
    at = START + len(before)
    number = slot - (at + 6) if machine is Machine.X64 else slot + view.header.optional.image_base
    code = before + b"\xff\x15" + struct.pack("<i" if number < 0 else "<I", number) + b"\xc3".ljust(32, b"\xcc")
    return [(wait.function, wait.milliseconds) for wait in waits(view, (Stretch(START, code),))]


def word(value: int) -> bytes:
    return struct.pack("<I", value)


@pytest.mark.parametrize(
    ("before", "name"),
    [
        (b"\xb9" + word(WEEK), "Sleep"),
        (b"\x33\xd2\xb9" + word(WEEK), "SleepEx"),
        (b"\x48\x8b\xcb\xba" + word(WEEK), "WaitForSingleObject"),
        (b"\x41\xb9" + word(WEEK) + b"\x45\x33\xc0", "WaitForMultipleObjects"),
        (b"\xe8\0\0\0\0\xb9" + word(WEEK), "Sleep"),
    ],
)
def test_a_constant_in_the_register_of_its_parameter(before: bytes, name: str) -> None:
    assert found(before, name) == [(name, WEEK)]


@pytest.mark.parametrize(
    ("before", "name"),
    [
        (b"\x68" + word(WEEK), "Sleep"),
        (b"\x6a\0\x68" + word(WEEK), "SleepEx"),
        (b"\x68" + word(WEEK) + b"\x53", "WaitForSingleObject"),
    ],
)
def test_a_constant_on_the_stack(before: bytes, name: str) -> None:
    assert found(before, name, Machine.X86) == [(name, WEEK)]


@pytest.mark.parametrize(
    ("before", "name"),
    [
        (b"\x8b\xcb", "Sleep"),
        (b"\xb9" + word(WEEK) + b"\x8b\xcb", "Sleep"),
        (b"\xb9" + word(WEEK) + b"\xe8\0\0\0\0", "Sleep"),
        (b"\xb9" + word(0xFFFFFFFF), "Sleep"),
        (b"\xb9" + word(WEEK), "GetTickCount"),
        (b"\xb9" + word(WEEK), "WaitForSingleObject"),
        (b"", "Sleep"),
    ],
    ids=["a register", "written over", "before another call", "without end", "no wait", "another parameter", "nothing"],
)
def test_what_is_no_constant_wait(before: bytes, name: str) -> None:
    assert found(before, name) == []


def test_a_program_as_the_drill_writes_it() -> None:
    mentions = (Mention(function=3, imports=("KERNEL32.dll!Sleep",), argument=WEEK),)
    spec = PeSpec(imports={"KERNEL32.dll": NAMES}, code=CodeSpec(functions=20, mentions=mentions))
    data = memoryview(build_pe(spec, 1))
    view = image(data, read_header(data))
    assert [(wait.function, wait.milliseconds) for wait in waits(view, stretches(view))] == [("Sleep", WEEK)]


@settings(max_examples=60)
@given(st.binary(max_size=60), st.sampled_from(list(Machine)))
def test_any_bytes_before_a_call_end_somewhere(before: bytes, machine: Machine) -> None:
    if machine in (Machine.X64, Machine.X86):
        assert all(0 <= length < 0xFFFFFFFF for _, length in found(before, "Sleep", machine))
