"""Facts about Authenticode signatures (Microsoft's Authenticode_PE specification, PKCS #7, RFC 5652, RFC 3161)."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct, field

from unrig.model.identity import Signer
from unrig.model.place import Span


class Nature(StrEnum):
    """What unexplained bytes look like."""

    ZEROS = "zeros"
    ASCII = "ascii"
    """Almost all printable text: a tag, as installers branded per download carry."""
    STRUCTURED = "structured"
    """Neither text nor uniform: some format or code."""
    RANDOM = "random"
    """As uniform as bytes of this length can be: encrypted or compressed."""


class Bytes(Struct, frozen=True, kw_only=True):
    """A range of bytes that no structure explains, and what they look like."""

    span: Span
    nature: Nature
    entropy: float
    """Shannon entropy in bits a byte."""
    nonzero: int
    """How many of its bytes are not zero."""
    text: int = 0
    """How many are printable ASCII; counted where the nature is ASCII, 0 elsewhere."""
    dense: int = 0
    """How many of those stand in words of 48 characters or more: hex, Base64 and their like have no others."""


class TableEntry(Struct, frozen=True, kw_only=True):
    """One WIN_CERTIFICATE of the attribute certificate table."""

    index: int
    offset: int
    declared_length: int
    """dwLength, header included."""
    revision: int
    type: int
    """2 is PKCS#7 signed data; others are reserved or unknown."""
    der_length: int
    """Length of the outermost DER value; 0 where there is none."""
    unexplained: Bytes | None = None
    """What stands between the DER's end and the entry's end (alignment of up to 7 zero bytes included)."""
    damage: str = ""


class Certificate(Struct, frozen=True, kw_only=True):
    """One X.509 certificate carried in a signature. Times in Unix seconds."""

    sha256: str
    subject: str
    issuer: str
    serial: str
    spki_sha256: str
    not_before: int
    not_after: int
    usages: tuple[str, ...] = ()
    """Extended key usages by name (code_signing, time_stamping) or OID."""
    der: bytes = b""
    """Empty where it is larger than any real certificate (64 KiB)."""
    span: Span
    used: bool
    """A signer's or time stamp's chain within this signature passes through it."""
    odd_bytes: Bytes | None = None
    """The largest extension, key or signature value that is no part of X.509 as issued, judged by its nature."""


class RevocationList(Struct, frozen=True, kw_only=True):
    """One CRL carried in a signature."""

    issuer: str
    span: Span
    used: bool
    """Some certificate of this signature has the same issuer."""
    nature: Nature = Nature.STRUCTURED
    odd_bytes: Bytes | None = None
    """The largest extension, entry or signature value that is larger than any revocation list's as issued."""


class Stray(Struct, frozen=True, kw_only=True):
    """An element inside a signature's DER that its grammar has no place for: nothing signs it, nothing reads it."""

    what: str
    """Where in the grammar it was met (SignedData, certificates, SignerInfo, ...)."""
    bytes: Bytes


class Attribute(Struct, frozen=True, kw_only=True):
    """One attribute of a SignerInfo."""

    oid: str
    name: str
    """As registered, or the OID again."""
    signed: bool
    span: Span
    nature: Nature
    known: bool
    """The OID is one that Authenticode or RFC 3161 defines, and the value is what it says."""
    odd_bytes: Bytes | None = None
    """What an unsigned attribute holds that is not known, without OID and wrappers."""


class TimeStamp(Struct, frozen=True, kw_only=True):
    """One counter-signature: RFC 3161 token or legacy PKCS #9."""

    kind: str
    """rfc3161 or legacy."""
    at: int
    """Unix seconds, as stated by the authority."""
    signer: Signer | None
    verified: bool
    """Its signature and its imprint of the outer signature hold (its chain is in TrustFacts)."""
    failure: str = ""
    certificates: tuple[str, ...] = ()
    """SHA-256 of the certificates it may chain through, its own leaf first."""


class PageHashes(Struct, frozen=True, kw_only=True):
    """The page hash attribute: how many pages it covers and whether every one holds."""

    algorithm: str
    pages: int
    matches: bool


class Signature(Struct, frozen=True, kw_only=True):
    """One SignedData over this file; nested ones (MS 1.3.6.1.4.1.311.2.4.1) follow their outer one."""

    entry: int
    depth: int
    """0 for the outer signature, 1 for a nested one, ..."""
    algorithm: str
    """Digest algorithm over the file: md5, sha1, sha256, sha384, sha512."""
    digest_declared: str
    digest_computed: str
    signature_valid: bool
    """The signer's key signed the attributes, and their message digest is that of the content."""
    failure: str = ""
    signer: Signer | None
    certificates: tuple[str, ...] = ()
    """SHA-256 of all certificates carried, the signer's leaf first."""
    attributes: tuple[Attribute, ...] = ()
    timestamps: tuple[TimeStamp, ...] = ()
    page_hashes: PageHashes | None = None
    signing_time: int = 0
    """Signed attribute signingTime (the signer's own word), Unix seconds; 0 where absent."""
    program_name: str = ""
    """SpcSpOpusInfo."""


class SignatureFacts(Struct, frozen=True, kw_only=True):
    """The whole certificate table of one PE; empty tuples where the file is unsigned."""

    table_offset: int = 0
    table_size: int = 0
    entries: tuple[TableEntry, ...] = ()
    between: Bytes | None = None
    """Bytes of the table that belong to no entry."""
    after: Bytes | None = None
    """Bytes of the file after the table's end."""
    hashes: dict[str, str] = field(default_factory=dict)
    """Authenticode hash by algorithm (md5, sha1, sha256, sha384, sha512), computed over this file."""
    signatures: tuple[Signature, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    revocation_lists: tuple[RevocationList, ...] = ()
    strays: tuple[Stray, ...] = ()
    damaged: tuple[str, ...] = ()
    """What could not be read, each as `place: expected, found`; the rest was read."""


class ChainStatus(StrEnum):
    """Where a certificate path ends."""

    TRUSTED = "trusted"
    UNTRUSTED_ROOT = "untrusted_root"
    INCOMPLETE = "incomplete"
    EXPIRED = "expired"
    REVOKED = "revoked"
    WRONG_USAGE = "wrong_usage"
    INVALID = "invalid"


class Chain(Struct, frozen=True, kw_only=True):
    """The judgement of one path, at one moment, against the roots and CRLs that were given."""

    signature: int
    """Index into SignatureFacts.signatures."""
    purpose: str
    """code_signing or time_stamping."""
    status: ChainStatus
    at: int
    """The moment it was judged at, Unix seconds: the verified time stamp's, else the run's."""
    timed_by: str
    """time_stamp, or now where no verified time stamp exists."""
    root: str = ""
    """Subject of the root it ends in."""
    impersonates: str = ""
    """A trusted authority whose name an issuer on the path bears without its key; empty where none."""
    reason: str = ""


class TrustFacts(Struct, frozen=True, kw_only=True):
    """The chains of one artifact's signatures. Depends on policy and CRLs, so it is no cached fact of the bytes."""

    chains: tuple[Chain, ...] = ()
