"""capstone, loaded when it is first used.

It takes a third of a second, which a run without anything to compare with need not pay. Sealed workers cannot load
anything: their fork server does (`unrig.vet.warm_deep`).

What it finds is read from its own array of instructions (cs_insn, in the layout that its binding declares) and not one
Python object at a time: that alone would take longer than the decoding.
"""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, cast

from msgspec import Struct

from unrig.formats.lazy_numpy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Decoded(Struct, frozen=True):
    """The instructions of one piece of code, up to the first that is none."""

    sizes: NDArray[np.uint16]
    last: bytes
    """Name of the last one."""


class _Engine(Struct, frozen=True):
    """capstone for one kind of processor, and how its instructions lie in memory."""

    library: Any
    opened: Any
    """capstone.Cs, which closes its handle when it goes."""
    record: type[ctypes.Structure]
    layout: np.dtype[np.void]


def decoded(bits: int, code: bytes) -> Decoded:
    """Return the instructions of 32- or 64-bit code for Intel's and AMD's processors."""
    engine = _x86(bits)
    first = ctypes.POINTER(engine.record)()
    count = engine.library.cs_disasm(engine.opened.csh, code, len(code), 0, 0, ctypes.byref(first))
    if not count:
        return Decoded(np.zeros(0, dtype=np.uint16), b"")
    try:
        memory = (ctypes.c_char * (count * engine.layout.itemsize)).from_address(ctypes.addressof(first.contents))
        found = np.frombuffer(memory, dtype=engine.layout)
        return Decoded(found["size"].copy(), bytes(found["mnemonic"][-1]).partition(b"\0")[0])
    finally:
        engine.library.cs_free(first, count)


class Disassembler(Protocol):
    """What unrig uses of capstone.Cs."""

    def disasm_lite(self, code: bytes, offset: int, count: int = 0) -> Iterator[tuple[int, int, str, str]]:
        """Yield address, size, mnemonic and operands of each instruction, up to the first that is none."""
        ...


def x86(bits: int) -> Disassembler:
    """Return the disassembler that writes instructions as text: for a few, where what they say is asked."""
    return cast("Disassembler", _x86(bits).opened)


def load() -> None:
    """Load capstone for both modes now: a sealed worker could not."""
    for bits in (32, 64):
        _x86(bits)


@cache
def _x86(bits: int) -> _Engine:
    capstone = importlib.import_module("capstone")
    mode = capstone.CS_MODE_64 if bits == 64 else capstone.CS_MODE_32
    record = capstone._cs_insn  # noqa: SLF001  (the binding's own name for cs_insn: no second declaration to keep right)
    fields = {"size": "<u2", "mnemonic": f"S{record.mnemonic.size}"}
    layout = np.dtype(
        {
            "names": list(fields),
            "formats": list(fields.values()),
            "offsets": [getattr(record, name).offset for name in fields],
            "itemsize": ctypes.sizeof(record),
        }
    )
    return _Engine(capstone._cs, capstone.Cs(capstone.CS_ARCH_X86, mode), record, layout)  # noqa: SLF001  (same)
