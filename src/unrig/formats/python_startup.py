"""Lines of a path configuration file (`.pth`) that Python runs whenever it starts.

https://docs.python.org/3/library/site.html: a line that begins with `import` and a blank or tab is executed, each other
line is a folder. Nothing is run here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from unrig.formats.entropy import span
from unrig.model.python_startup import StartupLine

LONGEST = 1 << 20
"""Bytes; path configuration files have some hundred."""
MOST_LINES = 256
"""Lines that are neither empty nor a comment; a text with more is a source, not a list of folders."""
MOST = 16
SHOWN, WINDOW = 512, 128
LINE = re.compile(rb"^(?:\xef\xbb\xbf)?import[ \t][^\r\n]*", re.MULTILINE)
PLAIN = re.compile(rb"^[ \t]*[^\s#]", re.MULTILINE)
MODULES = re.compile(rb"import[ \t]+((?:[\w.]+[ \t]*,[ \t]*){0,16}[\w.]+)")
REACHES = re.compile(
    rb"\b(?:subprocess|Popen|os\s*\.\s*(?:system|popen|exec\w*|spawn\w*|startfile)|socket|urllib\d?|urlopen|requests|httpx"
    rb"|http\.client|b64decode|b85decode|a85decode|fromhex|unhexlify|marshal|zlib|lzma|bz2|gzip|codecs|ctypes|powershell)\b"
)
"""Modules and calls of Python's standard library, and the clients most used."""


def startup_lines(data: memoryview) -> Iterator[StartupLine]:
    """Yield the first such lines of a text that is short enough to be such a file."""
    if len(data) > LONGEST:
        return
    found = [match for match, _ in zip(LINE.finditer(data), range(MOST), strict=False)]
    if not found or sum(1 for _ in PLAIN.finditer(data)) > MOST_LINES:
        return
    for match in found:
        line = bytes(match[0]).removeprefix(b"\xef\xbb\xbf")
        modules = MODULES.match(line)
        words = {
            " ".join(word.split()) for word in (one[0].decode("ascii", "replace") for one in REACHES.finditer(line))
        }
        yield StartupLine(
            text=line[:SHOWN].decode("utf-8", "replace"),
            span=span(data, match.start(), min(match.end() - match.start(), WINDOW)),
            modules=tuple(part.strip().decode("ascii", "replace") for part in modules[1].split(b","))
            if modules
            else (),
            reaches=tuple(sorted(words)),
        )
