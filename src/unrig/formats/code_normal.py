"""Machine code without the addresses that a linker chose: the same source gives the same text wherever it stands.

Masked are targets of calls, targets of jumps that leave the function, displacements relative to the instruction
pointer, and constants that are addresses of the image (absolute, or relative to its base as in tables of `switch`).
Other constants stay: a changed limit or delay is a changed function.
"""

from __future__ import annotations

import hashlib
import re

from msgspec import Struct

from unrig.formats.lazy_capstone import x86

HASH_BYTES = 8
_LONG = re.compile(r"0x[0-9a-f]{4,}")
_PAGE = 0x1000  # the first section starts here at the earliest, so that smaller constants are no addresses
_ENDS = frozenset({"ret", "jmp", "int3", "ud2", "call", "retf", "iretd", "hlt"})


class Normal(Struct, frozen=True):
    """One piece of code, normalised."""

    hash: str
    decoded: int
    """Bytes up to the first that is no instruction."""
    ends: bool
    """The last instruction leaves: a return, jump, call or trap. Data seldom decodes to that."""


class Bounds(Struct, frozen=True):
    """The addresses that a constant may mean."""

    bits: int
    base: int
    size: int


def normalise(code: bytes, bounds: Bounds) -> Normal:
    """Return the hash of one function's code; what does not decode is hashed as it is."""
    size, decoded, last, lines = len(code), 0, "", []
    for at, length, name, operands in x86(bounds.bits).disasm_lite(code, 0):
        decoded, last = at + length, name
        plain = name != "call" and name[0] != "j" and "rip" not in operands
        lines.append(name + operands if plain else name + _operands(name, operands, size))
    text = _LONG.sub(lambda found: _constant(found[0], bounds), "\n".join(lines))
    digest = hashlib.blake2b(text.encode(), digest_size=HASH_BYTES)
    digest.update(code[decoded:])
    return Normal(digest.hexdigest(), decoded, last.removeprefix("bnd ").split(" ", 1)[0] in _ENDS)


def _operands(name: str, operands: str, size: int) -> str:
    """Return the operands of a branch, or of an instruction that is relative to its own address, without either."""
    where = operands.find("rip")
    if where >= 0:
        return operands[:where] + operands[operands.find("]", where) :]
    if not operands.startswith("0x"):
        return operands
    inside = name[0] == "j" and int(operands, 16) < size
    return operands if inside else ""


def _constant(text: str, bounds: Bounds) -> str:
    value = int(text, 16)
    relative = _PAGE <= value < bounds.size
    absolute = 0 <= value - bounds.base < bounds.size
    return "" if relative or absolute else text
