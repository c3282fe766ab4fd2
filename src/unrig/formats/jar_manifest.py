"""Manifests and signature files of jars: sections of `name: value` lines (JAR File Specification, "Manifest and Signature Specification")."""

from __future__ import annotations

import base64
import binascii
import re

from msgspec import Struct

MAX_SECTIONS = 200_000
_END_OF_SECTION = re.compile(rb"(?:\r\n|\r(?!\n)|\n)(?:\r\n|\r|\n)+")
_LINE = re.compile(rb"\r\n|\r|\n")
DIGESTS = {"MD5": "md5", "SHA1": "sha1", "SHA": "sha1", "SHA-1": "sha1", "SHA-224": "sha224", "SHA-256": "sha256"} | {
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}


class Section(Struct, frozen=True, kw_only=True):
    """One section: its values by lower-case name, and the bytes that a digest of it is over."""

    values: dict[str, bytes]
    raw: bytes

    def name(self) -> bytes:
        """Return the member that it is about; empty for the main section."""
        return self.values.get("name", b"")

    def digests(self, suffix: str = "") -> dict[str, str]:
        """Return digests in hex by algorithm: of the values `<algorithm>-Digest<suffix>` whose Base64 can be read."""
        found: dict[str, str] = {}
        for key, value in self.values.items():
            algorithm, marker, rest = key.partition("-digest")
            known = DIGESTS.get(algorithm.upper())
            if marker and rest == suffix.lower() and known:
                try:
                    found[known] = base64.b64decode(value, validate=True).hex()
                except (ValueError, binascii.Error):
                    continue
        return found


def sections(data: bytes) -> list[Section]:
    """Return the sections in their order, the main one first; the first MAX_SECTIONS."""
    found: list[Section] = []
    at = 0
    while at < len(data) and len(found) < MAX_SECTIONS:
        match = _END_OF_SECTION.search(data, at)
        end = match.end() if match else len(data)
        found.append(Section(values=_values(data[at:end]), raw=data[at:end]))
        at = end
    return found


def _values(raw: bytes) -> dict[str, bytes]:
    """Return the values of a section; a line that begins with a blank goes on with the one before."""
    lines: list[bytes] = []
    for line in _LINE.split(raw):
        if line.startswith(b" ") and lines:
            lines[-1] += line[1:]
        elif line:
            lines.append(line)
    pairs = (line.partition(b": ") for line in lines)
    return {key.decode("latin-1").lower(): value for key, colon, value in pairs if colon}
