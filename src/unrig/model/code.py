"""Facts about machine code: its functions, told apart by what they do and not by where they stand."""

from __future__ import annotations

from msgspec import Struct


class Function(Struct, frozen=True, array_like=True):
    """One function. `hash` is that of its normalised code: equal wherever a linker puts it."""

    start: int
    """Address relative to the image base."""
    size: int
    hash: str
    """16 hexadecimal digits."""
    imports: tuple[int, ...] = ()
    """What it calls of other libraries itself: indices into FunctionFacts.imports, sorted."""


class FunctionFacts(Struct, frozen=True, kw_only=True):
    """The functions of one program, in the order of their addresses."""

    functions: tuple[Function, ...] = ()
    imports: tuple[str, ...] = ()
    """Names of imported functions that some function calls."""
    start: tuple[int, ...] = ()
    """Indices of the functions that run first: entry point, TLS callbacks, and what they call, two calls deep."""
    told_by: str = ""
    """How their bounds are known: `unwind` (.pdata, exact) or `padding` (gaps, call targets, exports: likely)."""
    code_bytes: int = 0
    """Bytes of all functions."""
    not_evaluated: str = ""
    """Why there are none; empty where there are."""


class ScriptFunctions(Struct, frozen=True, kw_only=True):
    """The functions of one script, in the order of the text; none where it is no script that has a grammar here."""

    functions: tuple[Function, ...] = ()
    """`start` is an offset in the text; the first one is what stands outside of all functions."""
    not_evaluated: str = ""
    """Why there are none; empty where there are, or where the text is no script."""
