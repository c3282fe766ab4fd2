"""What bytes behind an image look like: a file of their own, an encoding of one, or neither."""

from __future__ import annotations

import base64
import re

from unrig.formats.entropy import nature
from unrig.formats.sniff import sniff
from unrig.model.signature import Nature

ENCODINGS = frozenset({"base64", "hex"})
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
ADDRESS = re.compile(rb"\s*(?:https?|ftp|wss?)://")
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


def decodes_to(data: memoryview, encoding: str) -> str:
    """Return what an encoding that `looks_like` told says: random, address, text, opaque, or a format."""
    raw = _decoded(bytes(data[:MOST]), encoding)
    if not raw:
        return ""
    told = sniff(memoryview(raw))
    if told == "text":
        return "address" if ADDRESS.match(raw) else "text"
    return "random" if told == "opaque" and nature(raw) is Nature.RANDOM else told


def _decoded(text: bytes, encoding: str) -> bytes:
    run = (HEX if encoding == "hex" else BASE64).search(text)
    digits = b"".join(run.group().split()) if run else b""
    try:
        if encoding == "hex":
            return bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))
        plain = digits.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
        return base64.b64decode(plain[: len(plain) // 4 * 4], validate=True)
    except ValueError:
        return b""


def _share(runs: re.Pattern[bytes], data: bytes) -> float:
    body = data.strip(b"\0\r\n \t")
    return sum(len(run.group()) for run in runs.finditer(body)) / len(body) if body else 0.0
