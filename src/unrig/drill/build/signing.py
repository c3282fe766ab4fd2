"""Signed PEs from the lab's authority: a spec of the file, a spec of the signature, and a seed.

There is no way to hand in a file, a key or a name that a real publisher has: what is signed is made
here, by `build_pe`, in the same call.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct, structs

from unrig.drill.build import _der as der
from unrig.drill.build import _spc as spc
from unrig.drill.build import _timestamps as timestamps
from unrig.drill.build._pkcs7 import Envelope, Signed, attribute, digest_of, sign, signed_data, signer_info
from unrig.drill.build.certificate_table import TableSpec, _with_table
from unrig.drill.build.lab_authority import (
    PUBLISHERS,
    Standing,
    _publisher,
    _spare_certificate,
    _spare_crl,
    _time_stamper,
)
from unrig.drill.build.payload import NOTHING, Kind, PayloadSpec, fill
from unrig.drill.build.pe import build_pe, code
from unrig.drill.build.pe_headers import HEADERS_SIZE, with_checksum
from unrig.drill.build.pe_parts import padded
from unrig.drill.build.pe_spec import PeSpec, check_text

__all__ = ["Digest", "Flaw", "SigningSpec", "TimeStamp", "signed_pe"]

_SIGNING_TIME = "1.2.840.113549.1.9.5"
_UNKNOWN_ATTRIBUTE = "2.999.3"


class Digest(StrEnum):
    """Digest algorithm of a signature."""

    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"


class TimeStamp(StrEnum):
    """The counter-signature."""

    NONE = "none"
    RFC3161 = "rfc3161"
    LEGACY = "legacy"


class Flaw(StrEnum):
    """What was broken after signing."""

    NONE = "none"
    CODE = "code"
    """The last byte of the code: one `int3` became `ret`."""
    MESSAGE_DIGEST = "message_digest"
    """The signed digest is not that of the content."""
    SIGNATURE = "signature"
    """The signature value is that of other attributes."""
    TIME_STAMP = "time_stamp"
    """The time stamp is over another signature."""


class SigningSpec(Struct, frozen=True, kw_only=True):
    """One Authenticode signature. The default is what publishers write today."""

    publisher: str = PUBLISHERS[0]
    standing: Standing = Standing.GOOD
    digest: Digest = Digest.SHA256
    nested: Digest | None = None
    """A second signature inside the first one's unsigned attributes."""
    page_hashes: bool = False
    """SHA-1 and SHA-256 only."""
    time_stamp: TimeStamp = TimeStamp.RFC3161
    time_stamp_at: int = 1_677_800_000
    """Unix seconds: 2023-03-02."""
    signing_time: int = 0
    """The signer's own word, Unix seconds; 0 leaves it out."""
    program: str = ""
    program_address: str = ""
    unsigned_attribute: PayloadSpec = NOTHING
    """Payload in an unsigned attribute nobody knows."""
    spare_certificate: PayloadSpec = NOTHING
    """Payload in a certificate no chain uses."""
    spare_crl: PayloadSpec = NOTHING
    attribution: int = 0
    """Benign: bytes of ASCII tag in a certificate no chain uses, as installers branded per download have."""
    flaw: Flaw = Flaw.NONE
    table: TableSpec = TableSpec()


def signed_pe(spec: PeSpec, signing: SigningSpec, seed: int) -> bytes:
    """Return the PE with its signature; the same specs and seed give the same bytes.

    Raises:
        ValueError: the publisher is none of the lab's, a text names a domain that could exist, or page
            hashes are asked for with a digest that has none.
    """
    check_text(signing.program)
    check_text(signing.program_address)
    if signing.page_hashes and signing.digest not in (Digest.SHA1, Digest.SHA256):
        raise ValueError(f"page hashes exist for SHA-1 and SHA-256, not for {signing.digest}")
    image = padded(build_pe(spec, seed), 8)
    signature = _signature(image, signing, seed)
    if signing.flaw is Flaw.CODE:
        last = HEADERS_SIZE + len(code(spec, seed)) - 1
        image = image[:last] + b"\xc3" + image[last + 1 :]
    signed = _with_table(image, signature, signing.table, seed)
    return with_checksum(signed) if spec.checksum else signed


def _signature(image: bytes, signing: SigningSpec, seed: int) -> bytes:
    """Return the DER of the SignedData over the image."""
    content = spc.indirect_data(image, signing.digest, pages=signing.page_hashes)
    signed = _sign(content, signing)
    unsigned = _unsigned_attributes(image, signed, signing, seed)
    envelope = Envelope(
        content=der.sequence(der.oid(spc.INDIRECT_DATA), der.tagged(0, content)),
        certificates=signed.signer.chain() + _legacy_certificates(signing) + _spare_certificates(signing, seed),
        revocation_lists=(_spare_crl(seed, signing.spare_crl),) if signing.spare_crl.size else (),
    )
    return signed_data(envelope, signing.digest, signer_info(signed, unsigned))


def _sign(content: bytes, signing: SigningSpec) -> Signed:
    """Sign the content's value octets: Authenticode digests it without its tag and length."""
    signer = _publisher(signing.publisher, signing.standing)
    more = spc.statements(signing.program, signing.program_address)
    if signing.signing_time:
        more += (attribute(_SIGNING_TIME, der.utc_time(signing.signing_time)),)
    inner = content[2 if content[1] < 0x80 else 2 + (content[1] & 0x7F) :]
    if signing.flaw is Flaw.MESSAGE_DIGEST:
        inner += b"\0"
    signed = sign(signer, signing.digest, spc.INDIRECT_DATA, digest_of(inner, signing.digest), more)
    if signing.flaw is Flaw.SIGNATURE:
        other = sign(signer, signing.digest, spc.INDIRECT_DATA, digest_of(b"", signing.digest), more)
        return structs.replace(signed, signature=other.signature)
    return signed


def _unsigned_attributes(image: bytes, signed: Signed, signing: SigningSpec, seed: int) -> tuple[bytes, ...]:
    """Return counter-signature, nested signature and payload, whichever are asked for."""
    found: tuple[bytes, ...] = ()
    stamped = signed.signature[::-1] if signing.flaw is Flaw.TIME_STAMP else signed.signature
    if signing.time_stamp is TimeStamp.RFC3161:
        found += (timestamps.rfc3161(_time_stamper(), stamped, signing.time_stamp_at),)
    if signing.time_stamp is TimeStamp.LEGACY:
        found += (timestamps.legacy(_time_stamper(), stamped, signing.time_stamp_at),)
    if signing.nested is not None:
        inner = structs.replace(
            signing,
            digest=signing.nested,
            nested=None,
            page_hashes=False,
            unsigned_attribute=NOTHING,
            spare_certificate=NOTHING,
            spare_crl=NOTHING,
            attribution=0,
        )
        found += (attribute(spc.NESTED_SIGNATURE, _signature(image, inner, seed)),)
    if signing.unsigned_attribute.size:
        hidden = der.octets(fill(seed, "unsigned attribute", signing.unsigned_attribute))
        found += (attribute(_UNKNOWN_ATTRIBUTE, hidden),)
    return found


def _legacy_certificates(signing: SigningSpec) -> tuple[bytes, ...]:
    """Return the time stamper's certificate, which the PKCS #9 form keeps in the outer envelope."""
    return _time_stamper().chain()[:1] if signing.time_stamp is TimeStamp.LEGACY else ()


def _spare_certificates(signing: SigningSpec, seed: int) -> tuple[bytes, ...]:
    found: tuple[bytes, ...] = ()
    if signing.attribution:
        tag = PayloadSpec(size=signing.attribution, kind=Kind.ASCII)
        found += (_spare_certificate(seed, tag, "Download Tag"),)
    if signing.spare_certificate.size:
        found += (_spare_certificate(seed, signing.spare_certificate, "Spare"),)
    return found
