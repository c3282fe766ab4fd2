"""What an Authenticode signature signs: SpcIndirectDataContent, its page hashes, SpcSpOpusInfo (Authenticode_PE)."""

from __future__ import annotations

from msgspec import Struct

from unrig.formats import der, x509, x509_verify
from unrig.model.errors import FormatError

SPC_INDIRECT_DATA = "1.3.6.1.4.1.311.2.1.4"
PE_IMAGE_DATA = "1.3.6.1.4.1.311.2.1.15"
PAGE_HASH_CLASS = bytes.fromhex("a6b586d5b4a12466ae05a217da8e60d6")  # SpcSerializedObject.classId of page hashes
PAGE_HASH_DIGESTS = {"1.3.6.1.4.1.311.2.3.1": "sha1", "1.3.6.1.4.1.311.2.3.2": "sha256"}  # versions 1 and 2


class DeclaredPages(Struct, frozen=True, kw_only=True):
    """The page hash attribute: its digest and its table as bytes."""

    algorithm: str
    table: bytes


class IndirectData(Struct, frozen=True, kw_only=True):
    """The digest that was signed."""

    algorithm: str
    digest: str
    """Hex."""
    pages: DeclaredPages | None


def indirect_data(data: der.Data, element: der.Element) -> IndirectData:
    """Return SpcIndirectDataContent; raises FormatError or LimitError where it is none."""
    fields = der.sequence(data, element, "SpcIndirectDataContent")
    attribute = fields.take(der.SEQUENCE, "SpcAttributeTypeAndOptionalValue")
    info = der.sequence(data, fields.take(der.SEQUENCE, "messageDigest"), "DigestInfo")
    algorithm = x509_verify.digest_name(x509.algorithm(data, info.take(der.SEQUENCE, "digestAlgorithm")))
    digest = info.take(der.OCTET_STRING, "digest")
    return IndirectData(algorithm=algorithm, digest=der.content(data, digest).hex(), pages=_pages(data, attribute))


def _pages(data: der.Data, attribute: der.Element) -> DeclaredPages | None:
    """Find the page hashes in SpcPeImageData.file, an SpcLink with a moniker; None where it is anything else."""
    fields = der.sequence(data, attribute, "SpcAttributeTypeAndOptionalValue")
    if der.oid(data, fields.take(der.OID, "type")) != PE_IMAGE_DATA:
        return None
    image = fields.optional(der.SEQUENCE)
    if image is None:
        return None
    members = der.sequence(data, image, "SpcPeImageData")
    members.optional(der.BIT_STRING)
    link = members.optional(der.CONTEXT_CONSTRUCTED)
    moniker = der.only_child(data, link, "SpcLink") if link else None
    if moniker is None or moniker.tag != der.CONTEXT_CONSTRUCTED + 1:
        return None
    return _serialized_pages(data, moniker)


def _serialized_pages(data: der.Data, moniker: der.Element) -> DeclaredPages | None:
    """Read SpcSerializedObject: SET { SEQUENCE { version, SET { OCTET STRING } } } inside its serialized data."""
    fields = der.Fields(data, moniker, "SpcSerializedObject")
    kind = fields.take(der.OCTET_STRING, "classId")
    holder = fields.take(der.OCTET_STRING, "serializedData")
    if der.content(data, kind) != PAGE_HASH_CLASS:
        return None
    inner = der.expect(der.only_child(data, holder, "serializedData"), der.SET, "page hashes")
    attribute = der.sequence(data, der.only_child(data, inner, "page hashes"), "page hashes")
    version = der.oid(data, attribute.take(der.OID, "version"))
    if version not in PAGE_HASH_DIGESTS:
        raise FormatError("page hashes", " or ".join(PAGE_HASH_DIGESTS), version)
    table = der.only_child(data, attribute.take(der.SET, "page hash table"), "page hash table")
    return DeclaredPages(
        algorithm=PAGE_HASH_DIGESTS[version],
        table=der.content(data, der.expect(table, der.OCTET_STRING, "page hash table")),
    )


def program_name(data: der.Data, element: der.Element) -> str:
    """Return the program name of SpcSpOpusInfo; empty where it has none. Raises FormatError where it is none."""
    fields = der.sequence(data, element, "SpcSpOpusInfo")
    holder = fields.optional(der.CONTEXT_CONSTRUCTED)
    if holder is None:
        return ""
    name = der.only_child(data, holder, "SpcString")
    raw = bytes(data[name.body : min(name.end, name.body + 1024)])
    # SpcString: unicode [0] IMPLICIT BMPSTRING, ascii [1] IMPLICIT IA5STRING
    return der.printable(raw.decode("utf-16-be" if name.tag == der.CONTEXT else "latin-1", "replace"))
