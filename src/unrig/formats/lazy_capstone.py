"""capstone, loaded when it is first used.

It takes a third of a second, which a run without anything to compare with need not pay. Sealed workers cannot load
anything: their fork server does (`unrig.vet.warm_deep`).

Where only the sizes of instructions are asked, they are taken from capstone's own array (cs_insn, as its binding declares
it): a Python object for each instruction takes longer than the decoding.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, cast

from msgspec import Struct

from unrig.formats.lazy_numpy import np
from unrig.sandbox import native_arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Disassembler(Protocol):
    """What unrig uses of capstone.Cs."""

    csh: Any

    def disasm_lite(self, code: bytes, offset: int, count: int = 0) -> Iterator[tuple[int, int, str, str]]:
        """Yield address, size, mnemonic and operands of each instruction, up to the first that is none."""
        ...


class Decoded(Struct, frozen=True):
    """The instructions of one piece of code, up to the first that is none."""

    sizes: NDArray[np.uint16]
    last: str
    """Name of the last one; empty where there is none."""


class _Records(Struct, frozen=True):
    """How instructions lie in memory."""

    library: Any
    record: Any
    layout: np.dtype[np.void]


def decoded(bits: int, code: bytes) -> Decoded:
    """Return the sizes of the instructions of 32- or 64-bit code for Intel's and AMD's processors."""
    known, engine = _records(), x86(bits)
    made = native_arrays.collected(
        known.record,
        lambda first: int(known.library.cs_disasm(engine.csh, code, len(code), 0, 0, first)),
        known.library.cs_free,
    )
    found = np.frombuffer(made, dtype=known.layout)
    last = bytes(found["mnemonic"][-1]).partition(b"\0")[0].decode("ascii") if len(found) else ""
    return Decoded(found["size"].copy(), last)


@cache
def x86(bits: int) -> Disassembler:
    """Return the disassembler of 32- or 64-bit code for Intel's and AMD's processors."""
    capstone = importlib.import_module("capstone")
    mode = capstone.CS_MODE_64 if bits == 64 else capstone.CS_MODE_32
    return cast("Disassembler", capstone.Cs(capstone.CS_ARCH_X86, mode))


@cache
def _records() -> _Records:
    capstone = importlib.import_module("capstone")
    record = capstone._cs_insn  # noqa: SLF001  (the binding's own declaration: no second one to keep right)
    fields = {"size": "<u2", "mnemonic": f"S{record.mnemonic.size}"}
    layout = np.dtype(
        {
            "names": list(fields),
            "formats": list(fields.values()),
            "offsets": [getattr(record, name).offset for name in fields],
            "itemsize": native_arrays.size_of(record),
        }
    )
    return _Records(capstone._cs, record, layout)  # noqa: SLF001  (same)
