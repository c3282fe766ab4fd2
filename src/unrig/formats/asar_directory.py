"""The directory of an asar: nested JSON objects, walked without recursion; one bad entry hides no other.

https://github.com/electron/asar, README ("Format"). JSON objects are read as tuples of pairs, so that a name that
occurs twice shows: a parser that makes dictionaries of them would keep one, and not all parsers the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from unrig.formats.zip_structure_names import link_leaves, name_notes
from unrig.model.errors import FormatError
from unrig.model.paths import label

LONGEST_PATH = 4096  # Linux' PATH_MAX
MAX_TEXT = 64 << 20
"""Characters of all paths together: deep folders repeat in each."""
LONGEST_HASH = 128  # SHA-512's
LONGEST_NUMBER = 20  # digits of 2^64


class Integrity(Struct, frozen=True, kw_only=True):
    """The hashes of a file, as the directory states them."""

    algorithm: str
    hash: str
    block_size: int
    blocks: tuple[str, ...]


class Node(Struct, frozen=True, kw_only=True):
    """One entry of the directory."""

    path: str
    """A label (see unrig.model.paths)."""
    name: bytes
    """The whole path as it stands in the directory."""
    kind: str
    """file, folder, symlink."""
    size: int = 0
    offset: int = -1
    """From the end of the directory; -1 where none is given."""
    unpacked: bool = False
    executable: bool = False
    link: bytes = b""
    integrity: Integrity | None = None


def parse(raw: bytes) -> tuple[Any, ...]:
    """Return the directory's outermost object as pairs. Raises FormatError where it is none."""
    try:
        value = json.loads(raw, object_pairs_hook=tuple)
    except (ValueError, RecursionError) as error:
        raise FormatError("directory", "a JSON object", f"{type(error).__name__}: {error}") from error
    if not isinstance(value, tuple):
        raise FormatError("directory", "a JSON object", type(value).__name__)
    return value


def walk(root: tuple[Any, ...]) -> Iterator[Node | str]:
    """Yield every entry below the root, folders before what they hold, and a note on each that misleads."""
    top = dict(root).get("files")
    if not isinstance(top, tuple):
        yield "directory: files: an object, another value"
        return
    left = MAX_TEXT
    stack: list[tuple[bytes, Iterator[Any]]] = [(b"", iter(top))]
    seen: list[set[str]] = [set()]
    while stack:
        prefix, rest = stack[-1]
        pair = next(rest, None)
        if pair is None:
            stack.pop()
            seen.pop()
            continue
        name, value = pair
        path = prefix + name.encode("utf-8", "surrogatepass")
        left -= len(path)
        if len(path) > LONGEST_PATH or left < 0:
            yield f"{label(path[:64])}: path: at most {LONGEST_PATH} bytes, and {MAX_TEXT} in all, more"
            continue
        yield from _notes(path, name, value, seen[-1])
        seen[-1].add(name)
        if isinstance(value, tuple):
            fields = dict(value)
            yield _node(path, fields)
            if isinstance(fields.get("files"), tuple):
                stack.append((path + b"/", iter(fields["files"])))
                seen.append(set())


def _node(path: bytes, fields: dict[str, Any]) -> Node:
    """Return an entry; fields of another type count as absent (the notes say so)."""
    kind = "folder" if "files" in fields else "symlink" if isinstance(fields.get("link"), str) else "file"
    size = _number(fields.get("size"))
    return Node(
        path=label(path),
        name=path,
        kind=kind,
        size=max(0, size),
        offset=_number(fields.get("offset")),
        unpacked=fields.get("unpacked") is True,
        executable=fields.get("executable") is True,
        link=fields["link"].encode("utf-8", "surrogatepass") if kind == "symlink" else b"",
        integrity=_integrity(fields.get("integrity")),
    )


def _number(value: object) -> int:
    """Return a number, written as such or as decimal digits (offsets are); -1 for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= LONGEST_NUMBER:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 64 else -1


def _integrity(value: object) -> Integrity | None:
    fields = dict(value) if isinstance(value, tuple) else {}
    blocks = fields.get("blocks")
    algorithm, whole = fields.get("algorithm"), fields.get("hash")
    if not isinstance(algorithm, str) or not isinstance(whole, str) or not isinstance(blocks, list):
        return None
    return Integrity(
        algorithm=_ascii(algorithm),
        hash=_ascii(whole),
        block_size=max(0, _number(fields.get("blockSize"))),
        blocks=tuple(_ascii(block) if isinstance(block, str) else "" for block in blocks),
    )


def _ascii(text: str) -> str:
    """Return the beginning of a text that should be hexadecimal digits, whatever else it may hold escaped."""
    return text[:LONGEST_HASH].encode("ascii", "backslashreplace").decode()


def _notes(path: bytes, name: str, value: object, seen: set[str]) -> Iterator[str]:
    """Yield what is wrong with one entry."""
    where = label(path)
    if name in seen:
        yield f"{where}: name: occurs twice in its folder"
    for hazard in name_notes(path):
        yield f"{where}: name hazard: {hazard}"
    if "/" in name:
        yield f"{where}: name hazard: holds a slash"
    if not isinstance(value, tuple):
        yield f"{where}: entry: an object, {type(value).__name__}"
        return
    fields = dict(value)
    if len(fields) < len(value):
        yield f"{where}: entry: a key occurs twice"
    yield from (f"{where}: {note}" for note in _field_notes(fields))


def _field_notes(fields: dict[str, Any]) -> Iterator[str]:
    if "files" in fields:
        if not isinstance(fields["files"], tuple):
            yield "files: an object, another value"
        if "offset" in fields or "link" in fields:
            yield "kind hazard: a folder with content"
        return
    if isinstance(fields.get("link"), str):
        target = fields["link"].encode("utf-8", "surrogatepass")
        if link_leaves(b"", target):  # links are written from the archive's root
            yield f"link hazard: points at {label(target[:LONGEST_PATH])}"
        return
    if _number(fields.get("size")) < 0:
        yield "size: a number, none"
    if _number(fields.get("offset")) < 0 and fields.get("unpacked") is not True:
        yield "offset: a number, none"
    if "integrity" in fields and _integrity(fields["integrity"]) is None:
        yield "integrity: algorithm, hash and blocks, not all of these"
