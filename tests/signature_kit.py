"""Certificates and signatures that no drill needs and no tool would write: what the tests of the readers are about.

The lab's keys are made anew in every run and trusted by nothing but the test at hand.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import struct
from collections.abc import Callable
from functools import cache

from asn1crypto import cms as asn1_cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct

from unrig.drill.build import _der as write
from unrig.drill.build.pe_spec import PeSpec
from unrig.drill.build.signing import SigningSpec, signed_pe
from unrig.formats import der

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
CODE, TIME, CLIENT = (
    ExtendedKeyUsageOID.CODE_SIGNING,
    ExtendedKeyUsageOID.TIME_STAMPING,
    ExtendedKeyUsageOID.CLIENT_AUTH,
)
SHA256_ID = write.sequence(write.oid("2.16.840.1.101.3.4.2.1"), write.NULL)
SHA256_WITH_RSA = write.sequence(write.oid("1.2.840.113549.1.1.11"), write.NULL)
RSA_ID = write.sequence(write.oid("1.2.840.113549.1.1.1"), write.NULL)
DER = serialization.Encoding.DER


@cache
def rsa_key(label: str) -> rsa.RSAPrivateKey:
    """Return the RSA key of a label, made once in a run."""
    assert label
    return rsa.generate_private_key(65537, 2048)


def moment(year: int, month: int = 1, day: int = 1) -> int:
    """Return Unix seconds of a day."""
    return int(dt.datetime(year, month, day, tzinfo=dt.UTC).timestamp())


class Holder(Struct, frozen=True, kw_only=True):
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(DER)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.der).hexdigest()


class Wish(Struct, frozen=True, kw_only=True):
    """What a certificate shall say."""

    name: str
    usages: tuple[x509.ObjectIdentifier, ...] = ()
    authority: bool = False
    path_length: int | None = None
    signs_certificates: bool = True
    signs_lists: bool = True
    years: tuple[int, int] = (2015, 2045)
    extensions: tuple[x509.Extension[x509.ExtensionType], ...] = ()
    serial: int = 0
    digest: hashes.HashAlgorithm = hashes.SHA256()
    organisation: str = "Unrig Test Lab"


def name(common: str, organisation: str = "Unrig Test Lab") -> x509.Name:
    """Return a subject."""
    attributes = [(NameOID.ORGANIZATION_NAME, organisation), (NameOID.COMMON_NAME, common)]
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in attributes])


def issue(wish: Wish, issuer: Holder | None = None, key: Key | None = None) -> Holder:
    """Return a certificate, signed by the issuer or by itself."""
    own = key or rsa_key(wish.name)
    subject = name(wish.name, wish.organisation)
    first, last = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in wish.years)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(own.public_key())
        .serial_number(wish.serial or x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(last)
        .add_extension(x509.BasicConstraints(ca=wish.authority, path_length=wish.path_length), critical=True)
    )
    if wish.authority:
        builder = builder.add_extension(_key_usage(wish), critical=True)
    if wish.usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(wish.usages), critical=False)
    for extension in wish.extensions:
        builder = builder.add_extension(extension.value, critical=extension.critical)
    signer = issuer.key if issuer else own
    digest = None if isinstance(signer, ed25519.Ed25519PrivateKey) else wish.digest
    return Holder(certificate=builder.sign(signer, digest), key=own)


def _key_usage(wish: Wish) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=wish.signs_certificates,
        crl_sign=wish.signs_lists,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def unknown_extension(
    content: bytes, *, critical: bool = False, oid: str = "2.999.7"
) -> x509.Extension[x509.ExtensionType]:
    """Return an extension that nobody knows."""
    value = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), content)
    return x509.Extension(value.oid, critical, value)


def revocation_list(issuer: Holder, revoked: dict[int, int], *, reason: x509.ReasonFlags | None = None) -> bytes:
    """Return a CRL that revokes these serial numbers at these moments."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .next_update(dt.datetime(2045, 1, 1, tzinfo=dt.UTC))
    )
    for serial, at in revoked.items():
        entry = x509.RevokedCertificateBuilder().serial_number(serial)
        entry = entry.revocation_date(dt.datetime.fromtimestamp(at, dt.UTC))
        if reason:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(DER)


@cache
def plain_certificate() -> Holder:
    """Return a self-signed certificate without surprises."""
    return issue(Wish(name="Plain", usages=(CODE,)))


def raw_certificate(
    *,
    version: bytes = b"\xa0\x03\x02\x01\x02",
    serial: bytes = b"\x02\x01\x07",
    algorithm: bytes = SHA256_WITH_RSA,
    inner_algorithm: bytes = SHA256_WITH_RSA,
    subject: bytes = b"",
    validity: bytes = b"",
    key: bytes = b"",
    identifiers: bytes = b"",
    extensions: tuple[bytes, ...] = (),
    more: bytes = b"",
    signature: bytes = b"\x03\x81\x81\x00" + bytes(128),
    outer_more: bytes = b"",
) -> bytes:
    """Return a certificate part by part, each part as DER; nothing signs it."""
    plain = plain_certificate().certificate
    spki = plain.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    dates = validity or write.sequence(write.utc_time(moment(2020)), write.utc_time(moment(2040)))
    listed = write.tagged(3, write.sequence(*extensions)) if extensions else b""
    issuer = plain.subject.public_bytes()
    body = (version, serial, inner_algorithm, issuer, dates, subject or issuer, key or spki, identifiers, listed, more)
    return write.sequence(write.sequence(*body), algorithm, signature, outer_more)


def raw_extension(oid: str, content: bytes, more: bytes = b"") -> bytes:
    """Return an extension as DER."""
    return write.sequence(write.oid(oid), more, write.octets(content))


def table_range(data: bytes) -> tuple[int, int]:
    """Return offset and size of the certificate table as the security directory states them."""
    offset, size = struct.unpack_from("<II", data, _directory(data))
    return offset, size


def _directory(data: bytes) -> int:
    optional = int.from_bytes(data[0x3C:0x40], "little") + 24
    return optional + (112 if data[optional : optional + 2] == b"\x0b\x02" else 96) + 32


def signature_of(data: bytes) -> bytes:
    """Return the DER of the first entry, its padding left out."""
    offset, size = table_range(data)
    return asn1_cms.ContentInfo.load(data[offset + 8 : offset + size]).dump()


def with_table(data: bytes, *entries: bytes) -> bytes:
    """Return a signed file with another table: each entry a PKCS #7."""
    offset, _ = table_range(data)
    table = b"".join(struct.pack("<IHH", 8 + len(e) + -len(e) % 8, 0x200, 2) + e + bytes(-len(e) % 8) for e in entries)
    at = _directory(data)
    return data[:at] + struct.pack("<II", offset, len(table)) + data[at + 8 : offset] + table


def edited(data: bytes, edit: Callable[[asn1_cms.SignedData], None]) -> bytes:
    """Return a signed file with its SignedData changed by `edit`, nothing signed anew."""
    info = asn1_cms.ContentInfo.load(signature_of(data))
    edit(info["content"])
    # not `force`: it encodes every level twice, which is exponential once asn1crypto.tsp has taught it nested tokens
    return with_table(data, info.dump())


@cache
def signed_file(spec: SigningSpec | None = None) -> bytes:
    """Return a small signed PE of the drill's lab."""
    return signed_pe(PeSpec(), spec or SigningSpec(), 11)


def content_of(data: bytes) -> bytes:
    """Return the SpcIndirectDataContent of a signed file as DER."""
    info = asn1_cms.ContentInfo.load(signature_of(data))
    tagged = bytes(info["content"]["encap_content_info"]["content"].dump())
    return der.whole(tagged, der.only_child(tagged, der.root(tagged), "content"))


class Signing(Struct, frozen=True, kw_only=True):
    """How `own_signature` signs; the defaults are what signing tools do with RSA."""

    algorithm: bytes = RSA_ID
    sign: Callable[[bytes], bytes] | None = None
    digest: str = "sha256"
    digest_id: bytes = SHA256_ID
    identifier: bytes = b""
    """The signer's identifier; empty for issuer and serial number."""
    attributes: bool = True
    content_type: str = "1.3.6.1.4.1.311.2.1.4"
    certificates: tuple[bytes, ...] = ()
    more_signed: tuple[bytes, ...] = ()
    more_unsigned: tuple[bytes, ...] = ()


def attribute(oid: str, *values: bytes) -> bytes:
    """Return one attribute."""
    return write.sequence(write.oid(oid), write.set_of(*values))


def signer_info(holder: Holder, content: bytes, how: Signing) -> bytes:
    """Return a SignerInfo over the content octets."""
    message, attributes = content, b""
    if how.attributes:
        attributes = write.set_of(
            attribute("1.2.840.113549.1.9.3", write.oid(how.content_type)),
            attribute("1.2.840.113549.1.9.4", write.octets(hashlib.new(how.digest, content).digest())),
            *how.more_signed,
        )
        message = attributes
    certificate = holder.certificate
    named = write.sequence(certificate.issuer.public_bytes(), write.integer(certificate.serial_number))
    return write.sequence(
        write.integer(1),
        how.identifier or named,
        how.digest_id,
        b"\xa0" + attributes[1:] if attributes else b"",
        how.algorithm,
        write.octets(how.sign(message) if how.sign else _rsa_sign(holder, message)),
        write.tagged(1, *how.more_unsigned) if how.more_unsigned else b"",
    )


def _rsa_sign(holder: Holder, message: bytes) -> bytes:
    assert isinstance(holder.key, rsa.RSAPrivateKey)
    return holder.key.sign(message, padding.PKCS1v15(), hashes.SHA256())


def own_signature(holder: Holder, content: bytes, how: Signing | None = None) -> bytes:
    """Return a SignedData over `content`, a DER value of which the content octets are signed."""
    how = how or Signing()
    octets = content[2 if content[1] < 0x80 else 2 + (content[1] & 0x7F) :]
    return signed_data(
        write.sequence(write.oid(how.content_type), write.tagged(0, content)),
        (holder.der, *how.certificates),
        signer_info(holder, octets, how),
    )


def signed_data(content_info: bytes, certificates: tuple[bytes, ...], *signers: bytes) -> bytes:
    """Return the ContentInfo of a SignedData."""
    body = write.sequence(
        write.integer(1),
        write.set_of(SHA256_ID),
        content_info,
        write.tagged(0, *certificates),
        write.set_of(*signers),
    )
    return write.sequence(write.oid("1.2.840.113549.1.7.2"), write.tagged(0, body))


def token(holder: Holder, signature: bytes, at: int, *, info: bytes = b"", how: Signing | None = None) -> bytes:
    """Return an RFC 3161 token over a signature value; `info` replaces its TSTInfo."""
    how = how or Signing(content_type="1.2.840.113549.1.9.16.1.4")
    imprint = write.sequence(SHA256_ID, write.octets(hashlib.sha256(signature).digest()))
    told = info or write.sequence(
        write.integer(1), write.oid("2.999.8"), imprint, write.integer(5), write.generalized_time(at)
    )
    content_info = write.sequence(write.oid(how.content_type), write.tagged(0, write.octets(told)))
    return signed_data(content_info, (holder.der, *how.certificates), signer_info(holder, told, how))
