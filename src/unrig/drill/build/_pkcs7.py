"""PKCS #7 SignedData (RFC 2315, RFC 5652) as Authenticode and time stamps carry it."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from msgspec import Struct

from unrig.drill.build import _der as der
from unrig.drill.build._certificates import Holder

SIGNED_DATA = "1.2.840.113549.1.7.2"
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_RSA = "1.2.840.113549.1.1.1"
_DIGEST_OIDS = {
    "md5": "1.2.840.113549.2.5",
    "sha1": "1.3.14.3.2.26",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "md5": hashes.MD5(),  # noqa: S303  # old signatures carry it, drills show that
    "sha1": hashes.SHA1(),  # noqa: S303  # same
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


class Signed(Struct, frozen=True, kw_only=True):
    """What one signer has signed, before counter-signatures are added."""

    signer: Holder
    digest: str
    attributes: bytes
    """Content of the SET of signed attributes."""
    signature: bytes


class Envelope(Struct, frozen=True, kw_only=True):
    """What stands around the SignerInfo."""

    version: int = 1
    content: bytes
    """The ContentInfo that is signed."""
    certificates: tuple[bytes, ...]
    revocation_lists: tuple[bytes, ...] = ()


def digest_of(data: bytes, algorithm: str) -> bytes:
    """Return the digest of the data."""
    return hashlib.new(algorithm, data, usedforsecurity=False).digest()


def algorithm_identifier(algorithm: str) -> bytes:
    """Return the AlgorithmIdentifier of a digest."""
    return der.sequence(der.oid(_DIGEST_OIDS[algorithm]), der.NULL)


def attribute(oid: str, *values: bytes) -> bytes:
    """Return one attribute."""
    return der.sequence(der.oid(oid), der.set_of(*values))


def sign(signer: Holder, digest: str, content_type: str, content_digest: bytes, more: tuple[bytes, ...]) -> Signed:
    """Sign the content's digest and further attributes (RFC 5652, 5.4: the SET OF, not its tagged form)."""
    attributes = der.set_of(
        attribute(_CONTENT_TYPE, der.oid(content_type)), attribute(_MESSAGE_DIGEST, der.octets(content_digest)), *more
    )
    signature = signer.key.sign(attributes, padding.PKCS1v15(), _HASHES[digest])
    return Signed(signer=signer, digest=digest, attributes=attributes, signature=signature)


def signer_info(signed: Signed, unsigned: tuple[bytes, ...] = ()) -> bytes:
    """Return the SignerInfo, its unsigned attributes in the given order."""
    certificate = signed.signer.certificate
    issuer = certificate.issuer.public_bytes()
    return der.sequence(
        der.integer(1),
        der.sequence(issuer, der.integer(certificate.serial_number)),
        algorithm_identifier(signed.digest),
        b"\xa0" + signed.attributes[1:],
        der.sequence(der.oid(_RSA), der.NULL),
        der.octets(signed.signature),
        der.tagged(1, *unsigned) if unsigned else b"",
    )


def signed_data(envelope: Envelope, digest: str, info: bytes) -> bytes:
    """Return the ContentInfo of a SignedData with one signer."""
    lists = der.tagged(1, *envelope.revocation_lists) if envelope.revocation_lists else b""
    return der.sequence(
        der.oid(SIGNED_DATA),
        der.tagged(
            0,
            der.sequence(
                der.integer(envelope.version),
                der.set_of(algorithm_identifier(digest)),
                envelope.content,
                der.tagged(0, *envelope.certificates),
                lists,
                der.set_of(info),
            ),
        ),
    )


def encoded(holder: Holder) -> bytes:
    """Return the DER of the holder's own certificate."""
    return holder.certificate.public_bytes(serialization.Encoding.DER)
