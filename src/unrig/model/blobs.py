"""Facts about what is carried inside a file without its structure saying so: uniform, encoded, masked, embedded."""

from __future__ import annotations

from msgspec import Struct

from unrig.model.place import Span
from unrig.model.signature import Bytes


class Blob(Struct, frozen=True, kw_only=True):
    """Bytes as uniform as encrypted ones are, where no known compression begins."""

    where: str
    """section NAME, resource TYPE/NAME, overlay, file."""
    bytes: Bytes


class EncodedRun(Struct, frozen=True, kw_only=True):
    """A run of Base64 or hexadecimal digits, and what it says when decoded."""

    where: str
    encoding: str
    """base64 or hex."""
    span: Span
    decoded_as: str
    """A format by the name that unrig has for it, text, opaque; empty where it does not decode."""
    uniform: bool
    """What it decodes to is as uniform as encrypted bytes are."""


class Masked(Struct, frozen=True, kw_only=True):
    """A program's stub text or an address that stands there under exclusive or."""

    what: str
    """program or address."""
    method: str
    """`one byte`, `chained` (each byte with the one before), `repeating`."""
    key: str
    """Hex; empty where the method has none."""
    text: str
    """Unmasked, cut to 64 characters."""
    span: Span


class Embedded(Struct, frozen=True, kw_only=True):
    """A program inside a file that is no archive."""

    where: str
    format: str
    span: Span


class BlobFacts(Struct, frozen=True, kw_only=True):
    """What one file carries; each kind capped."""

    blobs: tuple[Blob, ...] = ()
    encoded: tuple[EncodedRun, ...] = ()
    masked: tuple[Masked, ...] = ()
    embedded: tuple[Embedded, ...] = ()
    truncated: tuple[str, ...] = ()
    """What was not looked at or not kept: `kind: how much`."""
