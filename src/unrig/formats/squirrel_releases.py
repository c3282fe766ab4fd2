"""The list RELEASES of Squirrel: one line a package, SHA-1, name, size.

https://github.com/Squirrel/Squirrel.Windows, src/Squirrel/ReleaseEntry.cs: the regular expressions of `entryRegex` and
`commentRegex`. A list is one only if every line is.
"""

from __future__ import annotations

import re

from unrig.model.paths import label
from unrig.model.squirrel import ListedPackage

LONGEST = 1 << 20
"""Bytes; a line has about 100."""
_LINE = re.compile(rb"([0-9a-fA-F]{40})[ \t]+([^\s]{1,4096})[ \t]+([0-9]{1,18})[ \t]*")
_COMMENT = re.compile(rb"[ \t]*#[^\n]*")


def read(data: memoryview) -> tuple[ListedPackage, ...]:
    """Return the packages of a list, nothing for any other text."""
    if not 44 <= len(data) <= LONGEST:
        return ()
    found: list[ListedPackage] = []
    for line in bytes(data).removeprefix(b"\xef\xbb\xbf").splitlines():
        text = _COMMENT.sub(b"", line)
        if not text.strip():
            continue
        match = _LINE.fullmatch(text)
        if match is None:
            return ()
        name = match[2].partition(b"?")[0].rpartition(b"/")[2]
        found.append(ListedPackage(name=label(name), sha1=match[1].decode().lower(), size=int(match[3])))
    return tuple(found)
