"""A fact: what one reader of one version says about one sequence of bytes. The cache's row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from msgspec import Struct

from unrig.model.problem import Problem

Stage = Literal["base", "deep"]
"""When facts are read: of every file, or only of those that differ from a good copy, and of both sides then."""


class Fact(Struct, frozen=True, kw_only=True):
    """The key is (sha256, reader, reader_version); the value is msgpack of the reader's type, or a problem."""

    sha256: str
    reader: str
    reader_version: int
    value: bytes = b""
    problem: Problem | None = None


class Extractor(Struct, frozen=True, kw_only=True):
    """A reader of facts: which formats it reads and which type it fills. Runs only inside a sealed worker."""

    id: str
    version: int
    formats: tuple[str, ...]
    """The artifact formats it applies to; empty for every format."""
    fills: type[Any]
    extract: Callable[[memoryview], Any]
    """Raises FormatError or LimitError where nothing can be read."""
    stage: Stage = "base"


FactSet = Mapping[type[Any], Any]
"""The facts of one artifact by their type; a type that could not be read is absent."""
