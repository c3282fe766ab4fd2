"""What a Python script imports and calls, by its syntax tree (ast); nothing is compiled or run."""

from __future__ import annotations

import ast
import itertools
import warnings
from collections.abc import Iterator

from msgspec import Struct

from unrig.formats.script_words import HOUR, of_call, of_module, shown
from unrig.model.capability import Capability, Shown

LONGEST = 2 << 20
"""Bytes that are parsed: the tree takes a hundred times as much memory."""
DECODERS = frozenset(
    {"base64.b64decode", "b64decode", "bytes.fromhex", "codecs.decode", "marshal.loads", "zlib.decompress"}
)
RUNNERS = frozenset({"exec", "eval", "compile"})
SETUP = frozenset({"setup", "setuptools.setup", "distutils.core.setup"})


class PythonCalls(Struct, frozen=True, kw_only=True):
    """What one script calls."""

    shown: tuple[Shown, ...]
    decoded_arguments: int
    installs: bool
    """It calls `setup`, so that installing it runs it."""


def read_calls(data: memoryview) -> PythonCalls | None:
    """Return what a text calls, or None where it is no Python of this grammar."""
    text = bytes(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of invalid escapes in what is read
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    starts = [0, *itertools.accumulate(len(line) for line in text.splitlines(keepends=True))]
    found: dict[Capability, Shown] = {}
    decoded, installs = 0, False
    for node in ast.walk(tree):
        for capability in _abilities(node):
            offset = min(starts[node.lineno - 1] + node.col_offset, len(data))  # type: ignore[attr-defined]
            if capability not in found:
                found[capability] = shown(capability, data, offset, _length(node, starts) - offset)
        if isinstance(node, ast.Call):
            name = _dotted(node.func)
            installs = installs or name in SETUP
            decoded += name in RUNNERS and any(_decodes(argument) for argument in node.args)
    return PythonCalls(shown=tuple(found.values()), decoded_arguments=decoded, installs=installs)


def _length(node: ast.AST, starts: list[int]) -> int:
    line, column = getattr(node, "end_lineno", 1) or 1, getattr(node, "end_col_offset", 0) or 0
    return starts[line - 1] + column


def _abilities(node: ast.AST) -> Iterator[Capability]:
    if isinstance(node, ast.Import):
        yield from filter(None, (of_module(alias.name) for alias in node.names))
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield from filter(None, (of_module(node.module),))
    elif isinstance(node, ast.Call):
        name = _dotted(node.func)
        capability = of_call(name)
        if capability:
            yield capability
        if name in ("time.sleep", "sleep") and _seconds(node) >= HOUR:
            yield Capability.LONG_SLEEP


def _seconds(node: ast.Call) -> float:
    first = node.args[0] if node.args else None
    product = 1.0
    while isinstance(first, ast.BinOp) and isinstance(first.op, ast.Mult):
        right = first.right
        product *= right.value if isinstance(right, ast.Constant) and isinstance(right.value, int | float) else 0
        first = first.left
    return product * first.value if isinstance(first, ast.Constant) and isinstance(first.value, int | float) else 0


def _decodes(node: ast.AST) -> bool:
    """Tell whether an argument decodes: the call itself, or one that it is handed through."""
    return any(isinstance(inner, ast.Call) and _dotted(inner.func) in DECODERS for inner in ast.walk(node))


def _dotted(node: ast.AST) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))
