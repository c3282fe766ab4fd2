"""case.toml: what a case is called, who may see it, which unrig wrote it last, and how far it has come."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
from msgspec import Struct

import unrig
from unrig.model.errors import FormatError
from unrig.store import durable

NAME = "case.toml"
MAX_HEAD_BYTES = 64 << 10


class CaseHead(Struct, frozen=True, kw_only=True):
    """The fields of case.toml."""

    id: str
    name: str
    tlp: str = "amber"
    """clear, green, amber, amber+strict or red (TLP 2.0); amber until a person decides otherwise."""
    unrig: str
    """Version of the unrig that wrote last."""
    revision: int = 0
    """Number of the last journal entry: a journal with fewer lines has lost some."""
    state: str = "draft"
    """draft or approved."""
    approved_by: str = ""


def read(folder: Path) -> CaseHead:
    """Return a case's head. Raises FormatError where case.toml is none, OSError as the system does."""
    data = durable.read_whole(folder / NAME, MAX_HEAD_BYTES)
    try:
        return msgspec.toml.decode(data, type=CaseHead)
    except (
        msgspec.DecodeError,
        RecursionError,
        ValueError,
    ) as error:  # tomllib nests, and reads integers, by recursion
        raise FormatError(NAME, "the head of a case", str(error)) from None


def write(folder: Path, head: CaseHead) -> None:
    """Replace a case's head, whole or not at all."""
    lines = [f"{key} = {_value(value)}\n" for key, value in msgspec.to_builtins(head).items()]
    durable.write_whole(folder / NAME, "".join(lines).encode())


def written_by_newer(head: CaseHead) -> bool:
    """Return whether a newer unrig than this one wrote the case: it may hold what this one would lose."""
    return _release(head.unrig) > _release(unrig.__version__)


def _value(value: str | int) -> str:
    # a JSON string is a TOML basic string, but for DEL, which TOML wants escaped (TOML 1.0, String)
    return str(value) if isinstance(value, int) else msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"[0-9]{1,9}", version.partition("+")[0])[:3])
