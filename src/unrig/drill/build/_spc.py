"""Authenticode's own structures (Microsoft, Windows Authenticode Portable Executable Signature Format)."""

from __future__ import annotations

import struct

from msgspec import Struct

from unrig.drill.build import _der as der
from unrig.drill.build._pkcs7 import algorithm_identifier, attribute, digest_of

INDIRECT_DATA = "1.3.6.1.4.1.311.2.1.4"
NESTED_SIGNATURE = "1.3.6.1.4.1.311.2.4.1"
_PE_IMAGE_DATA = "1.3.6.1.4.1.311.2.1.15"
_OPUS_INFO = "1.3.6.1.4.1.311.2.1.12"
_STATEMENT_TYPE = "1.3.6.1.4.1.311.2.1.11"
_INDIVIDUAL = "1.3.6.1.4.1.311.2.1.21"
_PAGE_HASHES = {"sha1": "1.3.6.1.4.1.311.2.3.1", "sha256": "1.3.6.1.4.1.311.2.3.2"}
_PAGE_HASH_CLASS = bytes.fromhex("a6b586d5b4a12466ae05a217da8e60d6")
_PAGE = 4096


class Fields(Struct, frozen=True, kw_only=True):
    """Offsets of what the digest leaves out, in a PE made here."""

    checksum: int
    security: int
    """Of the security directory's entry."""
    headers: int
    """SizeOfHeaders."""
    section_table: int
    sections: int


def fields(image: bytes) -> Fields:
    """Return where the fields stand that a signature leaves out (PE specification, optional header)."""
    coff = int.from_bytes(image[0x3C:0x40], "little") + 4
    optional = coff + 20
    wide = image[optional : optional + 2] == b"\x0b\x02"
    sections, optional_size = struct.unpack_from("<2xH12xH", image, coff)
    return Fields(
        checksum=optional + 64,
        security=optional + (112 if wide else 96) + 8 * 4,
        headers=int.from_bytes(image[optional + 60 : optional + 64], "little"),
        section_table=optional + optional_size,
        sections=sections,
    )


def _without_fields(image: bytes, end: int) -> bytes:
    """Return the image up to `end` without checksum and security directory."""
    at = fields(image)
    return image[: at.checksum] + image[at.checksum + 4 : at.security] + image[at.security + 8 : end]


def image_digest(image: bytes, algorithm: str) -> bytes:
    """Return the Authenticode digest of a PE without a table, its length a multiple of 8."""
    return digest_of(_without_fields(image, len(image)), algorithm)


def page_hashes(image: bytes, algorithm: str) -> bytes:
    """Return offset and digest of each page: the headers, the pages of each section, and the end with zeros."""
    at = fields(image)
    headers = _without_fields(image, at.headers) + bytes(_PAGE - at.headers)
    rows = struct.pack("<I", 0) + digest_of(headers, algorithm)
    end = at.headers
    for index in range(at.sections):
        size, offset = struct.unpack_from("<II", image, at.section_table + 40 * index + 16)
        for start in range(offset, offset + size, _PAGE):
            page = image[start : min(start + _PAGE, offset + size)].ljust(_PAGE, b"\0")
            rows += struct.pack("<I", start) + digest_of(page, algorithm)
        end = offset + size
    return rows + struct.pack("<I", end) + bytes(len(digest_of(b"", algorithm)))


def indirect_data(image: bytes, algorithm: str, *, pages: bool) -> bytes:
    """Return SpcIndirectDataContent: what is signed, with or without page hashes (version 2 for SHA-256)."""
    link = _page_link(image, algorithm) if pages else der.tagged(2, der.primitive(0, b""))
    image_data = der.sequence(der.value(0x03, b"\0"), der.tagged(0, link))
    return der.sequence(
        der.sequence(der.oid(_PE_IMAGE_DATA), image_data),
        der.sequence(algorithm_identifier(algorithm), der.octets(image_digest(image, algorithm))),
    )


def _page_link(image: bytes, algorithm: str) -> bytes:
    """Return the SpcSerializedObject with the page hashes; only SHA-1 and SHA-256 have one."""
    hashed = attribute(_PAGE_HASHES[algorithm], der.octets(page_hashes(image, algorithm)))
    return der.tagged(1, der.octets(_PAGE_HASH_CLASS), der.octets(der.value(0x31, hashed)))


def statements(program: str, address: str) -> tuple[bytes, ...]:
    """Return the signed attributes for the statement type, and for a program's name and address if given."""
    name = der.tagged(0, der.primitive(0, program.encode("utf-16-be"))) if program else b""
    more = der.tagged(1, der.primitive(0, address.encode("ascii"))) if address else b""
    return (
        attribute(_STATEMENT_TYPE, der.sequence(der.oid(_INDIVIDUAL))),
        attribute(_OPUS_INFO, der.sequence(name, more)),
    )
