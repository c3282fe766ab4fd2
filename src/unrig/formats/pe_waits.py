"""How long a program's own code waits where it says so with a constant: milliseconds that stand right before the call.

Only code around calls of the functions that wait is disassembled. The bytes before a call can be read as instructions from
several starts; the farthest from which an instruction ends exactly where the call begins is taken (x86 code falls into step
after a few). What is worked out at run time is not seen, and INFINITE is no length of time.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from unrig.formats.lazy_capstone import x86
from unrig.formats.pe_calls import import_calls
from unrig.formats.pe_code import Stretch
from unrig.formats.pe_imports import import_slots
from unrig.formats.pe_map import Image
from unrig.model.waits import Wait

PARAMETERS: Mapping[str, int] = MappingProxyType(
    {
        "sleep": 0,
        "sleepex": 0,
        "waitforsingleobject": 1,
        "waitforsingleobjectex": 1,
        "waitformultipleobjects": 3,
        "waitformultipleobjectsex": 3,
    }
)
"""Which parameter is the time in milliseconds (Win32 API, synchapi.h)."""
REGISTERS = (("ecx", "rcx"), ("edx", "rdx"), ("r8d", "r8"), ("r9d", "r9"))
"""Of the first four parameters (x64 calling convention)."""
INFINITE = 0xFFFFFFFF
BEFORE = 48
"""Bytes before a call: a compiler writes four arguments in fewer."""
MOST = 4096
"""Calls that are looked at."""
LEAVES = re.compile(r"call|j\w+|ret\w*|int3?|loop\w*")
NUMBER = re.compile(r"0x[0-9a-f]+|[0-9]+")


def waits(view: Image, code: Sequence[Stretch]) -> Iterator[Wait]:
    """Yield the calls that wait a constant time, by address; those of INFINITE are none."""
    slots = {slot: name for slot, name in import_slots(view).items() if _plain(name) in PARAMETERS}
    if not slots:
        return
    machine, base = view.header.machine, view.header.optional.image_base
    sites: list[tuple[int, str]] = []
    for stretch in code:
        calls = import_calls(stretch, slots, machine=machine, image_base=base)
        sites += [(at, slots[slot]) for at, slot in zip(calls.addresses, calls.slots, strict=True)]
    starts = [stretch.start for stretch in code]
    for at, name in sorted(set(sites))[:MOST]:
        home = code[bisect.bisect_right(starts, at) - 1]
        length = _length(home, at, machine, PARAMETERS[_plain(name)])
        if length is not None and length != INFINITE:
            yield Wait(address=at, function=name, milliseconds=length)


def _plain(name: str) -> str:
    return name.rpartition("!")[2].lower()


def _length(home: Stretch, at: int, machine: str, parameter: int) -> int | None:
    """Return the constant that the code before a call gives it, None where it gives none."""
    end = at - home.start
    window = home.data[max(0, end - BEFORE) : end]
    engine = x86(64 if machine == "x64" else 32)
    for start in range(len(window)):
        steps = [(size, name, operands) for _, size, name, operands in engine.disasm_lite(window[start:], 0)]
        if sum(size for size, _, _ in steps) == len(window) - start:
            argument = _in_register if machine == "x64" else _on_stack
            return argument([(name, operands) for _, name, operands in steps], parameter)
    return None


def _in_register(steps: Sequence[tuple[str, str]], parameter: int) -> int | None:
    for name, operands in reversed(steps):
        target, _, source = operands.partition(", ")
        if LEAVES.fullmatch(name):
            return None
        if target in REGISTERS[parameter]:
            return int(source, 0) if name == "mov" and NUMBER.fullmatch(source) else None
    return None


def _on_stack(steps: Sequence[tuple[str, str]], parameter: int) -> int | None:
    left = parameter
    for name, operands in reversed(steps):
        if LEAVES.fullmatch(name) or "esp" in operands:
            return None
        if name == "push":
            if left == 0:
                return int(operands, 0) & 0xFFFFFFFF if NUMBER.fullmatch(operands) else None
            left -= 1
    return None
