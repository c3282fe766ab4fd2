"""What a member name would do on a disk, and what its attributes make of it. Nothing is ever written by these names."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator

DEVICES = re.compile(rb"(con|prn|aux|nul|conin\$|conout\$|com[0-9]|lpt[0-9])[ ]*([.:].*)?", re.IGNORECASE | re.DOTALL)
DRIVE = re.compile(rb"[A-Za-z]:")
MAX_LINK = 4096  # Linux' PATH_MAX: a longer target is no link

_SPECIAL = frozenset({stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK})


def name_notes(raw: bytes) -> Iterator[str]:
    """Yield what is wrong with a name: each a way in which some extractor leaves the folder or misreads it.

    Windows' rules for names: "Naming Files, Paths, and Namespaces" (Microsoft Learn).
    """
    if not raw:
        yield "empty"
        return
    pieces = re.split(rb"[/\\]", raw)
    if b".." in pieces:
        yield "climbs out of its folder"
    if raw[:1] in b"/\\":
        yield "absolute"
    if DRIVE.match(raw):
        yield "names a drive"
    elif b":" in raw:
        yield "names an alternate data stream"
    if b"\0" in raw:
        yield "holds a zero byte"
    if any(DEVICES.fullmatch(piece) for piece in pieces):
        yield "names a device"
    if any(piece.rstrip(b" .") != piece and piece.strip(b".") for piece in pieces):
        yield "ends in a dot or space that Windows drops"


def link_leaves(folder: bytes, target: bytes) -> bool:
    """Tell whether a link in `folder` (a path from the archive's root) points outside, by its words alone."""
    if target.startswith((b"/", b"\\")) or DRIVE.match(target):
        return True
    depth = 0
    for step in re.split(rb"[/\\]", folder + b"/" + target):
        depth += -1 if step == b".." else step not in {b"", b"."}
        if depth < 0:
            return True
    return False


def kind_of(name: bytes, attributes: int, size: int) -> str:
    """Return file, folder, symlink or device, by the Unix mode in the external attributes and the name.

    What has content that its kind should not have (a folder with bytes, a link longer than a path) is a file, so
    that it is looked at.
    """
    mode = attributes >> 16
    if stat.S_ISLNK(mode):
        return "symlink" if size <= MAX_LINK else "file"
    if stat.S_IFMT(mode) in _SPECIAL:
        return "device" if size == 0 else "file"
    if name.endswith((b"/", b"\\")) or stat.S_ISDIR(mode):
        return "folder" if size == 0 else "file"
    return "file"


def kind_notes(name: bytes, attributes: int, size: int) -> Iterator[str]:
    """Yield where a member's kind and content contradict each other."""
    mode = attributes >> 16
    if stat.S_ISLNK(mode) and size > MAX_LINK:
        yield f"a symbolic link of {size} bytes"
    if (name.endswith(b"/") or stat.S_ISDIR(mode)) and size:
        yield f"a folder with {size} bytes"
    if stat.S_IFMT(mode) in _SPECIAL:
        yield "a device, pipe or socket"
