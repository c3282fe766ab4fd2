"""One container a file: bytes in, members out, within a budget.

A new one is one line: its import.
"""

from __future__ import annotations

from unrig.model.member import Container
from unrig.unpack.asar import CONTAINER as ASAR
from unrig.unpack.cab import CONTAINER as CAB
from unrig.unpack.compressed import CONTAINER as COMPRESSED
from unrig.unpack.msi import CONTAINER as MSI
from unrig.unpack.outside import CONTAINER as OUTSIDE
from unrig.unpack.pe import CONTAINER as PE
from unrig.unpack.tar import CONTAINER as TAR
from unrig.unpack.trailing import CONTAINER as TRAILING
from unrig.unpack.zip import CONTAINER as ZIP

CONTAINERS: tuple[Container, ...] = tuple(unit for unit in tuple(globals().values()) if isinstance(unit, Container))
"""Sorted by id. Which one opens a file is told by its format; where formats overlap, the outermost valid range wins."""
