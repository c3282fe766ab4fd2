"""Facts about what Python runs by itself whenever it starts."""

from __future__ import annotations

from msgspec import Struct

from unrig.model.place import Span


class StartupLine(Struct, frozen=True, kw_only=True):
    """One line that would be run, if the text were a path configuration file."""

    text: str
    """Cut to 512 characters."""
    span: Span
    modules: tuple[str, ...]
    """What it imports at its beginning, dotted."""
    reaches: tuple[str, ...] = ()
    """Words in it that start programs, speak to the network or decode."""


class PythonStartupFacts(Struct, frozen=True, kw_only=True):
    """The lines of a short text that begin with `import`; only its name says whether Python runs them at its start."""

    lines: tuple[StartupLine, ...] = ()
