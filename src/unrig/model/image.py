"""Facts about an image: where it ends by its own structure, and what stands behind that."""

from __future__ import annotations

from msgspec import Struct

from unrig.model.signature import Bytes


class ImageFacts(Struct, frozen=True, kw_only=True):
    """One image file."""

    format: str
    """bmp, gif, ico, jpeg, png, webp."""
    true_end: int
    """Offset behind its last structure. Where damage hides the end, the size of the file."""
    trailing: Bytes | None = None
    """What stands behind it."""
    looks_like: str = ""
    """Of the trailing bytes: base64, hex, a format by the name that unrig has for it; empty for neither."""
    decodes_to: str = ""
    """What Base64 or hex behind the end says: random, address, text, opaque, a format; empty where it is neither."""
    gaps: tuple[Bytes, ...] = ()
    """Bytes between the parts of the image that none accounts for."""
    width: int = 0
    """In pixels, of the largest; 0 where it is not said."""
    height: int = 0
    count: int = 1
    """Images in it: frames, icon sizes, further pictures."""
    damaged: tuple[str, ...] = ()
    """What could not be read, each as `place: expected, found`."""
