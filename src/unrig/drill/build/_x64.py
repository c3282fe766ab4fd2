"""The few x86-64 instructions that made-up functions have: they move and reckon in volatile registers, and return.

Intel SDM, volume 2. Nothing here writes memory, jumps back, or calls anything but another made-up function.
"""

from __future__ import annotations

import struct
from enum import Enum

from msgspec import Struct

_VOLATILE = (0, 1, 2, 8, 9, 10, 11)
"""eax, ecx, edx, r8d to r11d (x64 calling convention): a function need not keep them."""
_BETWEEN_REGISTERS = (b"\x8b", b"\x03", b"\x2b", b"\x33", b"\x23", b"\x0b", b"\x0f\xaf")
"""mov, add, sub, xor, and, or, imul; the first operand is the target."""
CLEAR = b"\x33\xc0"
"""xor eax, eax"""
RETURN = b"\xc3"
BREAK = b"\xcc"
CONSTANTS = 64
"""Words of 16 bytes that functions may load, behind the last one."""
DRAWN = 6
"""Bytes that one step is drawn from."""


class Target(Enum):
    """What a displacement leads to."""

    NOTHING = 0
    FUNCTION = 1
    CONSTANT = 2
    IMPORT = 3


class Step(Struct, frozen=True):
    """Instructions; with a target, their last four bytes are the displacement to it."""

    code: bytes
    target: Target = Target.NOTHING
    number: int = 0
    """Of the function; of a constant or an import, the place among all."""


class Frame(Struct, frozen=True):
    """How a function begins and ends, and the UNWIND_INFO that says so (x64 exception handling)."""

    prologue: bytes
    epilogue: bytes
    unwind: bytes


LEAF = Frame(b"", RETURN, b"\1\0\0\0")
PLAIN = Frame(b"\x48\x83\xec\x28", b"\x48\x83\xc4\x28" + RETURN, b"\1\4\1\0\4\x42\0\0")
"""sub rsp, 28h: the shadow space of what it calls."""
KEEPING = Frame(b"\x53\x48\x83\xec\x20\x8b\xd9", b"\x8b\xc3\x48\x83\xc4\x20\x5b" + RETURN, b"\1\5\2\0\5\x32\1\x30")
"""push rbx; sub rsp, 20h; mov ebx, ecx ... mov eax, ebx: it keeps its first argument."""
FRAMES = (LEAF, PLAIN, KEEPING)


def call(number: int) -> Step:
    """Return a call of another made-up function."""
    return Step(b"\xe8" + bytes(4), Target.FUNCTION, number)


def mention(number: int) -> Step:
    """Return a call through an import's slot, for use behind a return only: it names the import and never runs."""
    return Step(b"\xff\x15" + bytes(4), Target.IMPORT, number)


def argument(value: int) -> Step:
    """Return a move of a constant to the first argument's register, for use behind a return only."""
    return Step(b"\xb9" + struct.pack("<I", value))


def drawn(draw: bytes, compiler: int) -> Step:
    """Return the step that `DRAWN` bytes stand for; another compiler takes other registers."""
    kind, first, second, *rest = draw
    target, source = _register(first, compiler), _register(second, compiler)
    value = rest[0] & 0x7F
    match kind % 10:
        case 0:
            return Step(_prefixed(b"", target) + bytes([0xB8 | target & 7]) + struct.pack("<I", int.from_bytes(rest)))
        case 1:
            return Step(_prefixed(b"\x83", target, more=bytes([0xC0 | target & 7, value])))
        case 2:
            return Step(_prefixed(b"\xc1", target, more=bytes([0xE0 | target & 7, 1 + value % 31])))
        case 3:
            return Step(_from_memory(b"\x8b", target), Target.CONSTANT, 16 * (value % CONSTANTS))
        case 4:
            return Step(_from_memory(b"\x8d", target, wide=0x48), Target.CONSTANT, 16 * (value % CONSTANTS))
        case 5:
            skipped = _registers(_BETWEEN_REGISTERS[value % 7], target, source)
            return Step(_registers(b"\x85", target, target) + bytes([0x74, len(skipped)]) + skipped)
        case _:
            return Step(_registers(_BETWEEN_REGISTERS[value % 7], target, source))


def _register(value: int, compiler: int) -> int:
    return _VOLATILE[(value + 3 * compiler) % len(_VOLATILE)]


def _prefixed(operation: bytes, target: int, more: bytes = b"") -> bytes:
    """Return the instruction with REX.B where the register is one of the upper eight."""
    return (b"\x41" if target > 7 else b"") + operation + more


def _registers(operation: bytes, target: int, source: int) -> bytes:
    """Return an instruction between two registers (ModR/M with mod 11)."""
    rex = 0x40 | (target > 7) << 2 | (source > 7)
    prefix = bytes([rex]) if rex != 0x40 else b""
    return prefix + operation + bytes([0xC0 | (target & 7) << 3 | source & 7])


def _from_memory(operation: bytes, target: int, wide: int = 0) -> bytes:
    """Return an instruction that reads relative to the next one (ModR/M with mod 00, r/m 101)."""
    rex = wide | (0x44 if target > 7 else 0)
    return (bytes([rex]) if rex else b"") + operation + bytes([(target & 7) << 3 | 5]) + bytes(4)
