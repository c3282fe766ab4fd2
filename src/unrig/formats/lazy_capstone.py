"""capstone, loaded when it is first used.

It takes a third of a second, which a run without anything to compare with need not pay. Sealed workers cannot load
anything: their fork server does (`unrig.vet.warm_deep`).
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import cache
from typing import Protocol, cast


class Disassembler(Protocol):
    """What unrig uses of capstone.Cs."""

    def disasm_lite(self, code: bytes, offset: int, count: int = 0) -> Iterator[tuple[int, int, str, str]]:
        """Yield address, size, mnemonic and operands of each instruction, up to the first that is none."""
        ...


@cache
def x86(bits: int) -> Disassembler:
    """Return the disassembler of 32- or 64-bit code for Intel's and AMD's processors."""
    capstone = importlib.import_module("capstone")
    mode = capstone.CS_MODE_64 if bits == 64 else capstone.CS_MODE_32
    return cast("Disassembler", capstone.Cs(capstone.CS_ARCH_X86, mode))
