"""Facts about strings of interest: what names a file, an address or a program would be searched for."""

from __future__ import annotations

from msgspec import Struct


class FoundString(Struct, frozen=True, kw_only=True):
    """One distinct string and the offset of its first occurrence."""

    text: str
    offset: int
    encoding: str
    """ascii or utf-16."""


class StringFacts(Struct, frozen=True, kw_only=True):
    """Distinct strings of interest, in the order of their offsets, each kind capped (see `truncated`)."""

    file_names: tuple[FoundString, ...] = ()
    """Names that end like a file: `d3dcompiler_47.dll`."""
    urls: tuple[FoundString, ...] = ()
    truncated: tuple[str, ...] = ()
    """The kinds whose cap was reached."""
