"""Facts about an ELF program: where it ends by its own headers, and what stands behind that."""

from __future__ import annotations

from msgspec import Struct

from unrig.model.signature import Bytes


class ElfFacts(Struct, frozen=True, kw_only=True):
    """One ELF file."""

    end: int
    """Offset behind its headers, segments and sections; the size of the file where these lie."""
    overlay: Bytes | None = None
    """What stands behind it."""
    damaged: tuple[str, ...] = ()
    """What could not be read, each as `place: expected, found`."""
