"""Which code read or compiled something: what is kept from one hunt to the next holds for the same code only."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable

_WORKER = "unrig.hunt.decode"
"""What sealed workers run: rows are made by it and by whatever of unrig it imports."""
_KEEPING = ("unrig.hunt.ingest", "unrig.hunt.kept", "unrig.store.kept_tables")
"""What the parent does to rows before they are kept. What these import asks tables and makes no row."""
_DECODERS = ("evtx", "msgspec", "pyarrow")
"""Distributions whose change may change a row."""
_ASKING = ("unrig.hunt", "unrig.hunt.analytics", "unrig.hunt.leads", "unrig.data", "unrig.model", "unrig.store")
"""Packages whose change may change a question."""
_ENGINE = ("ibis-framework", "sqlglot", "duckdb", "pyarrow")
_SUFFIXES = (".py", ".toml")
_DIGITS = 16
_IMPORT = re.compile(r"^ *(?:from (unrig[\w.]*) import ([^\n#(]+|\([^)]*\))|import (unrig[\w.]*))", re.MULTILINE)
_NAME = re.compile(r"\w+")


@cache
def readers_version() -> str:
    """Return 16 hexadecimal digits that change with the code of any reader, and with the columns; with no analytic's."""
    files = {f"{module}/{file.name}": file for module in _modules(_WORKER, _KEEPING) for file in _files(module)}
    return _digits(_DECODERS, files.items())


@cache
def questions_version() -> str:
    """Return 16 hexadecimal digits that change with the code of any question, and with the engine and its compiler."""
    return _version(_ASKING, _ENGINE)


def _version(packages: Iterable[str], distributions: Iterable[str] = ()) -> str:
    every = ((package, file) for package in packages for file in resources.files(package).iterdir())
    return _digits(distributions, ((f"{package}/{file.name}", file) for package, file in every))


def _digits(distributions: Iterable[str], files: Iterable[tuple[str, Traversable]]) -> str:
    digest = hashlib.sha256()
    for name in distributions:
        digest.update(f"{name} {metadata.version(name)}\0".encode())
    for name, file in sorted(files, key=lambda each: each[0]):
        if file.is_file() and name.endswith(_SUFFIXES):
            digest.update(f"{name}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:_DIGITS]


def _modules(first: str, beside: Iterable[str]) -> frozenset[str]:
    """Return a module, all of unrig that it imports, they import and so on, and some others without what these import."""
    found: set[str] = set()
    pending = [first]
    while pending:
        module = pending.pop()
        if module not in found and (code := next(_files(module), None)) is not None:
            found.add(module)
            pending += _imported(code.read_text(encoding="utf-8"))
    return frozenset({*found, *beside})


def _imported(code: str) -> Iterator[str]:
    """Yield each module that the text of another may import; what is imported from one may be a module of it."""
    for package, names, module in _IMPORT.findall(code):
        yield package or module
        yield from (f"{package}.{name}" for name in _NAME.findall(names))


def _files(module: str) -> Iterator[Traversable]:
    """Yield a module's own code, then the data that stands beside it under its name; nothing where it is no module."""
    *packages, name = module.split(".")
    folder = resources.files("unrig").joinpath(*packages[1:])
    own = (folder / f"{name}.py", folder / name / "__init__.py", folder / f"{name}.toml")
    yield from (file for file in own if packages and file.is_file())
