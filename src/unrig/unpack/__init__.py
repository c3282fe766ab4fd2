"""One container a file: bytes in, members out, within a budget."""

from unrig.model.member import Container
from unrig.unpack import asar, cab, compressed, msi, tar, zip  # noqa: A004  (the unit is called as its format)

CONTAINERS: tuple[Container, ...] = (
    asar.CONTAINER,
    cab.CONTAINER,
    compressed.CONTAINER,
    msi.CONTAINER,
    tar.CONTAINER,
    zip.CONTAINER,
)
"""Sorted by id. Which one opens a file is told by its format; where formats overlap, the outermost valid range wins."""
