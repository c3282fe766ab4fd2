"""What every reader of images returns: how far the image reaches by its own structure, and how large it is."""

from __future__ import annotations

from msgspec import Struct

from unrig.formats.zip_structure_parts import Stretch


class Picture(Struct, frozen=True, kw_only=True):
    """One image file, or one image inside another."""

    end: int
    """Offset behind the last structure. Where damage hides the end, that of the data."""
    width: int = 0
    """In pixels, of the largest; 0 where it is not said."""
    height: int = 0
    count: int = 1
    """Images in it: frames, icon sizes, further pictures."""
    gaps: tuple[Stretch, ...] = ()
    """Bytes between structures that none accounts for."""
    damaged: tuple[str, ...] = ()
    """What could not be read, each as `place: expected, found`."""
