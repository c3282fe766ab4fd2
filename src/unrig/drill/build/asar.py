"""Asar archives, well-formed or not (github.com/electron/asar, README): a directory in JSON, then the files."""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any

from msgspec import Struct

from unrig.drill.build.payload import NOTHING, PayloadSpec, fill

BLOCK = 4 << 20
"""lib/integrity.js: blocks of 4 MiB have hashes of their own."""


class AsarFile(Struct, frozen=True, kw_only=True):
    """One file or link. The defaults tell the truth."""

    path: str
    content: bytes = b""
    unpacked: bool = False
    """Only listed: it stands beside the archive."""
    executable: bool = False
    link: str = ""
    """The target, from the archive's root; such an entry has no content."""
    integrity: bool = True
    hashed: bytes | None = None
    """What the hashes are of, where they lie."""
    stated_size: int | None = None
    stated_offset: str | None = None
    gap: PayloadSpec = NOTHING
    """Before its content."""


class AsarLayout(Struct, frozen=True, kw_only=True):
    """What stands around the files."""

    trailing: PayloadSpec = NOTHING
    block_size: int = BLOCK
    stated_directory: int | None = None
    """The size of the directory as the first pickle claims it."""


def build_asar(files: tuple[AsarFile, ...], layout: AsarLayout | None = None, seed: int = 0) -> bytes:
    """Return the archive; the same files, layout and seed give the same bytes."""
    layout = layout or AsarLayout()
    root: dict[str, Any] = {"files": {}}
    body = b""
    for index, file in enumerate(files):
        kept = not file.unpacked and not file.link
        body += fill(seed, f"asar/gap/{index}", file.gap) if kept else b""
        *folders, name = file.path.split("/")
        at = root
        for folder in folders:
            at = at["files"].setdefault(folder, {"files": {}})
        at["files"][name] = _fields(file, len(body), layout.block_size)
        body += file.content if kept else b""
    directory = json.dumps(root, separators=(",", ":")).encode()
    return pickled(directory, layout.stated_directory) + body + fill(seed, "asar/trailing", layout.trailing)


def pickled(directory: bytes, stated: int | None = None) -> bytes:
    """Return the two pickles that hold a directory (Chromium's base/pickle.h: sizes, then a padded string)."""
    padded = directory + bytes(-len(directory) % 4)
    size = len(padded) + 8 if stated is None else stated
    return struct.pack("<4I", 4, size, size - 4, len(directory)) + padded


def _fields(file: AsarFile, offset: int, block_size: int) -> dict[str, Any]:
    """Return what the directory says of a file."""
    if file.link:
        return {"link": file.link}
    fields: dict[str, Any] = {"size": len(file.content) if file.stated_size is None else file.stated_size}
    if file.integrity:
        fields["integrity"] = _integrity(file.content if file.hashed is None else file.hashed, block_size)
    if file.unpacked:
        return fields | {"unpacked": True}
    fields["offset"] = str(offset) if file.stated_offset is None else file.stated_offset
    return fields | ({"executable": True} if file.executable else {})


def _integrity(content: bytes, block_size: int) -> dict[str, Any]:
    blocks = [content[at : at + block_size] for at in range(0, len(content), block_size)] or [b""]
    return {
        "algorithm": "SHA256",
        "hash": hashlib.sha256(content).hexdigest(),
        "blockSize": block_size,
        "blocks": [hashlib.sha256(block).hexdigest() for block in blocks],
    }
