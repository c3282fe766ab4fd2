"""What bytes behind an image look like: a file of their own, an encoding of one, or neither."""

from __future__ import annotations

import re

from unrig.formats.sniff import sniff

SHARE = 0.9
"""Of all bytes that must stand in runs: a mark before and an ending behind leave room."""
_BREAK = rb"(?:\r?\n)?"
HEX = re.compile(rb"(?:[0-9A-Fa-f]" + _BREAK + rb"){65,}")
"""More digits than a SHA-256 has: build identifiers are such."""
BASE64 = re.compile(rb"(?:[0-9A-Za-z+/_-]" + _BREAK + rb"){62,}={0,2}")
"""64 characters with their padding: shorter runs are words and names as well."""
DISTINCT = 8
"""Characters: a filling of one or a few is no data in hexadecimal."""
CLASSES = (re.compile(rb"[a-z]"), re.compile(rb"[A-Z]"), re.compile(rb"[0-9]"))
"""Base64 of data has all of these within 64 characters; words do not."""
MOST = 1 << 20
"""Bytes that are looked at: what begins as an encoding is one."""


def looks_like(data: memoryview) -> str:
    """Return `base64`, `hex`, the format that `sniff` tells, or nothing for text and what no one knows."""
    head = bytes(data[:MOST])
    if len(set(head)) >= DISTINCT and _share(HEX, head) >= SHARE:
        return "hex"
    if _share(BASE64, head) >= SHARE and all(some.search(head) for some in CLASSES):
        return "base64"
    told = sniff(data)
    return "" if told in {"empty", "opaque", "text"} else told


def _share(runs: re.Pattern[bytes], data: bytes) -> float:
    body = data.strip(b"\0\r\n \t")
    return sum(len(run.group()) for run in runs.finditer(body)) / len(body) if body else 0.0
