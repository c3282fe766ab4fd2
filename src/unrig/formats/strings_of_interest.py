"""File names and addresses inside any bytes, in ASCII and UTF-16LE.

Looks for what is rare and fixed first (`.dll` and its like, `://`), then reads outwards from there: most bytes are
passed over by one compiled search. Addresses follow RFC 3986; nothing found is ever contacted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ahocorasick_rs import BytesAhoCorasick
from msgspec import Struct

from unrig.model.strings import FoundString, StringFacts

# fmt: off
EXTENSIONS = (
    "asar", "bat", "bin", "cab", "cfg", "chm", "cmd", "cpl", "dat", "dll", "drv", "dylib", "exe", "gif", "hta", "ico",
    "inf", "ini", "jar", "jpg", "js", "json", "lnk", "log", "manifest", "msi", "msp", "node", "ocx", "pak", "pdb",
    "php", "plist", "png", "ps1", "py", "reg", "scr", "sh", "so", "sqlite", "sys", "tmp", "txt", "url", "vbs", "xml",
    "zip",
)
"""Not `com`: nearly all that ends in it are domains, and a list of public suffixes would fill the cap."""
# fmt: on
SHORT_EXTENSION = 2  # letters; random bytes hold such an ending about every 2 MB, so its stem must be longer
SHORT_STEM = 3
SCHEMES = ("http", "https", "ftp", "ftps", "ws", "wss")
MAX_NAMES = 2000  # the most of 159 real PEs is 1,287
MAX_URLS = 500  # the most of them is 39
MAX_CANDIDATES = 200_000  # matches looked at per kind and encoding: seconds of repetition; 105 MB of PEs hold 5,548
LONGEST_NAME = 128  # characters
LONGEST_URL = 2048
STEP = 1 << 20

_WORD = rb"A-Za-z0-9_"
_NAME = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+.@~()%{}$!&#")
_UNNAMED = bytes(value if value in _NAME else 0 for value in range(256))
"""Translates every byte that no file name holds to zero."""
_LEADING = "-+.@~()!&#"  # punctuation in front of a name is not its own
_TEMPLATE = frozenset("%{}$")  # `%s.dll` names no file
_TRAILING = ".,;:!?'()*"  # punctuation behind an address is not its own
_NARROW = re.compile(rb"[ -~]")
"""What ASCII text is made of."""
_URL = rb"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]"


class _Encoding(Struct, frozen=True, kw_only=True):
    """How one encoding spells what is looked for."""

    name: str
    width: int
    """Bytes a character; all but the first are zero."""
    extension: re.Pattern[bytes]
    scheme_end: BytesAhoCorasick
    """Finds `://` in vector steps: 105 MB take 0.01 s, by `re` 0.06 s."""
    address: re.Pattern[bytes]


class _Strings(Struct, frozen=True):
    """The strings of one kind in the order of their offsets, and whether some were left out."""

    found: tuple[FoundString, ...]
    truncated: bool


def find_strings(data: memoryview) -> StringFacts:
    """Return the distinct file names and addresses with the offset of each one's first occurrence.

    Each kind stops at its cap, the first by offset being kept, and is then named in `truncated`
    (`file_names`, `urls`).
    """
    names = _merged([_distinct(_names(data, encoding), MAX_NAMES) for encoding in _ENCODINGS], MAX_NAMES)
    urls = _merged([_distinct(_urls(data, encoding), MAX_URLS) for encoding in _ENCODINGS], MAX_URLS)
    kinds = {"file_names": names, "urls": urls}
    return StringFacts(
        file_names=names.found,
        urls=urls.found,
        truncated=tuple(kind for kind, strings in kinds.items() if strings.truncated),
    )


def _distinct(candidates: Iterator[FoundString | None], cap: int) -> _Strings:
    """Return the first `cap` distinct strings; None is a candidate that turned out to be nothing."""
    found: dict[str, FoundString] = {}
    for number, candidate in enumerate(candidates):
        if number >= MAX_CANDIDATES:
            return _Strings(tuple(found.values()), truncated=True)
        if candidate is None or candidate.text in found:
            continue
        if len(found) >= cap:
            return _Strings(tuple(found.values()), truncated=True)
        found[candidate.text] = candidate
    return _Strings(tuple(found.values()), truncated=False)


def _merged(parts: list[_Strings], cap: int) -> _Strings:
    """Return the strings of all encodings in the order of their offsets, each text once."""
    found: dict[str, FoundString] = {}
    for string in sorted((string for part in parts for string in part.found), key=lambda string: string.offset):
        found.setdefault(string.text, string)
    kept = tuple(found.values())
    return _Strings(kept[:cap], truncated=len(kept) > cap or any(part.truncated for part in parts))


def _names(data: memoryview, encoding: _Encoding) -> Iterator[FoundString | None]:
    """Yield what stands around each file name extension."""
    for match in encoding.extension.finditer(data):
        width, dot = encoding.width, match.start()
        before = bytes(data[max(dot % width, dot - LONGEST_NAME * width) : dot])
        extension = match.group()[::width].decode("ascii")
        for characters in _stems(before, width):
            stem = characters.decode("ascii").lstrip(_LEADING)
            is_name = len(stem) >= (SHORT_STEM if len(extension) - 1 <= SHORT_EXTENSION else 1)
            if is_name and not _TEMPLATE.intersection(stem):
                yield FoundString(text=stem + extension, offset=dot - width * len(stem), encoding=encoding.name)
            else:
                yield None


def _stems(before: bytes, width: int) -> tuple[bytes, ...]:
    """Return the characters of a file name that these bytes end in, the longest reading first.

    Where ASCII text stands right in front of a wide one, its last letter and the zero behind it look like a wide
    character: both readings are given, since nothing says which it is.
    """
    characters = before[::width].translate(_UNNAMED)
    start = characters.rfind(0) + 1
    narrow = len(before[1::width].rstrip(b"\0")) if width > 1 else 0
    longest = characters[max(start, narrow) :]
    in_front = before[2 * narrow - 2 : 2 * narrow]
    if narrow >= start and len(longest) > 1 and len(_NARROW.findall(in_front)) == 2:
        return longest, longest[1:]
    return (longest,)


def _urls(data: memoryview, encoding: _Encoding) -> Iterator[FoundString | None]:
    """Yield the address around each `://` that a known scheme stands in front of."""
    for start, end in _scheme_ends(data, encoding):
        scheme = _scheme(data, start, encoding.width)
        address = encoding.address.match(data, end) if scheme else None
        if address is None:
            yield None
            continue
        text = f"{scheme}://" + address.group()[:: encoding.width].decode("ascii").rstrip(_TRAILING)
        yield FoundString(text=text, offset=start - encoding.width * len(scheme), encoding=encoding.name)


def _scheme_ends(data: memoryview, encoding: _Encoding) -> Iterator[tuple[int, int]]:
    """Yield where each `://` begins and ends, searched a step at a time so that few are held."""
    overlap = 3 * encoding.width - 1
    for step in range(0, len(data), STEP):
        for _, start, end in encoding.scheme_end.find_matches_as_indexes(data[step : step + STEP + overlap]):
            yield step + start, step + end


def _scheme(data: memoryview, end: int, width: int) -> str:
    """Return the longest known scheme that ends here, as it is written; empty where there is none."""
    before = bytes(data[max(end % width, end - 5 * width) : end])
    stem = _stems(before, width)[0].decode("ascii")
    known = [scheme for scheme in SCHEMES if stem.lower().endswith(scheme)]
    return stem[-len(max(known, key=len)) :] if known else ""


def _ascii() -> _Encoding:
    """Return how ASCII spells it."""
    endings = b"|".join(_cases(extension, b"") for extension in EXTENSIONS)
    return _Encoding(
        name="ascii",
        width=1,
        extension=re.compile(rb"\.(?:" + endings + rb")(?![" + _WORD + rb"])"),
        scheme_end=BytesAhoCorasick([b"://"]),
        address=re.compile(rb"(?=[A-Za-z0-9\[])" + _URL + rb"{1,%d}" % LONGEST_URL),
    )


def _utf16() -> _Encoding:
    """Return how UTF-16LE spells it."""
    endings = b"|".join(_cases(extension, b"\0") for extension in EXTENSIONS)
    return _Encoding(
        name="utf-16",
        width=2,
        extension=re.compile(rb"\.\0(?:" + endings + rb")(?![" + _WORD + rb"]\0)"),
        scheme_end=BytesAhoCorasick([b":\0/\0/\0"]),
        address=re.compile(rb"(?=[A-Za-z0-9\[]\0)(?:" + _URL + rb"\0){1,%d}" % LONGEST_URL),
    )


def _cases(extension: str, filler: bytes) -> bytes:
    """Return the three ways an extension is written: lower, upper, title."""
    ways = sorted({extension, extension.upper(), extension.title()})
    return b"|".join(b"".join(bytes([letter]) + filler for letter in way.encode()) for way in ways)


_ENCODINGS = (_ascii(), _utf16())
