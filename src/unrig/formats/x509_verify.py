"""Whether a key made a signature (RFC 8017 RSASSA, FIPS 186-5 ECDSA and DSA, RFC 8032), by `cryptography`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from unrig.formats import der, x509
from unrig.model.errors import FormatError, LimitError

DIGESTS = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
"""Digest algorithms that Authenticode and its time stamps use."""

SIGNED_DIGESTS = {
    "1.2.840.113549.1.1.4": "md5",
    "1.2.840.113549.1.1.5": "sha1",
    "1.3.14.3.2.29": "sha1",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
    "1.2.840.10045.4.1": "sha1",
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
    "1.2.840.10040.4.3": "sha1",
    "2.16.840.1.101.3.4.3.2": "sha256",
}
"""Signature algorithms that name their digest."""

KEY_ALGORITHMS = {"1.2.840.113549.1.1.1", "1.2.840.10045.2.1", "1.2.840.10040.4.1"}
"""RSA, EC and DSA keys, which signers write where the signature algorithm stands; the digest is then the signer's."""

PSS = "1.2.840.113549.1.1.10"
MGF1 = "1.2.840.113549.1.1.8"
PURE = {"1.3.101.112", "1.3.101.113"}
"""Ed25519 and Ed448 sign the message itself."""

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "md5": hashes.MD5(),  # noqa: S303 - what is verified was signed so
    "sha1": hashes.SHA1(),  # noqa: S303 - same
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}

LARGEST_KEY = 4096  # bytes of SubjectPublicKeyInfo: above RSA of 16,384 bits no key is used for signing

Key = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | dsa.DSAPublicKey | ed25519.Ed25519PublicKey | ed448.Ed448PublicKey


def digest_name(algorithm: x509.Algorithm) -> str:
    """Return md5, sha1, sha256, sha384, sha512 or, for any other, the OID."""
    return DIGESTS.get(algorithm.oid) or SIGNED_DIGESTS.get(algorithm.oid) or algorithm.oid


def digest(name: str, data: der.Data) -> bytes:
    """Return the digest of `data` by the name that `digest_name` gives; FormatError for any other name."""
    if name not in _HASHES:
        raise FormatError("digest algorithm", " or ".join(_HASHES), name)
    return hashlib.new(name, data, usedforsecurity=False).digest()


@lru_cache(maxsize=512)
def _key(spki: bytes) -> Key | str:
    """Return the public key, or why it cannot be used."""
    if len(spki) > LARGEST_KEY:
        return f"a key of {len(spki)} bytes"
    try:
        key = load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm, TypeError) as error:
        return f"the key cannot be read: {error}"
    if isinstance(key, Key):
        return key
    return f"a {type(key).__name__} does not sign code"


def verify(spki: bytes, algorithm: x509.Algorithm, digest_algorithm: str, signature: bytes, message: bytes) -> str:
    """Return why `signature` is not that of `message` under the key; empty where it is.

    `digest_algorithm` is the name used where the signature algorithm does not say it.
    """
    key = _key(spki)
    if isinstance(key, str):
        return key
    try:
        return _verify(key, algorithm, digest_algorithm, signature, message)
    except InvalidSignature:
        return "the signature is not that of the key over these bytes"
    except (ValueError, UnsupportedAlgorithm, TypeError) as error:
        return f"the signature cannot be verified: {error}"
    except (FormatError, LimitError) as error:
        return str(error)


def _verify(key: Key, algorithm: x509.Algorithm, digest_algorithm: str, signature: bytes, message: bytes) -> str:
    """Verify with the scheme that key and algorithm name together; raises InvalidSignature."""
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        if algorithm.oid not in PURE:
            return f"algorithm {algorithm.oid} does not fit the key"
        key.verify(signature, message)
        return ""
    if algorithm.oid == PSS and isinstance(key, rsa.RSAPublicKey):
        scheme = pss_scheme(algorithm)
        key.verify(signature, message, scheme.padding, scheme.digest)
        return ""
    name = SIGNED_DIGESTS.get(algorithm.oid) or (digest_algorithm if algorithm.oid in KEY_ALGORITHMS else "")
    if name not in _HASHES:
        return f"algorithm {algorithm.oid} with digest {digest_algorithm} is not supported"
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, message, padding.PKCS1v15(), _HASHES[name])
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, message, ec.ECDSA(_HASHES[name]))
    else:
        key.verify(signature, message, _HASHES[name])
    return ""


class PssScheme:
    """The padding and digest that RSASSA-PSS parameters name."""

    def __init__(self, digest_name_: str, mask_digest: str, salt: int) -> None:
        self.digest = _HASHES[digest_name_]
        self.padding = padding.PSS(mgf=padding.MGF1(_HASHES[mask_digest]), salt_length=salt)


def pss_scheme(algorithm: x509.Algorithm) -> PssScheme:
    """Return the scheme of RSASSA-PSS-params (RFC 4055 section 3.1), defaults being SHA-1, MGF1 of it, 20 octets.

    Raises FormatError where they are malformed or name an unknown digest.
    """
    data = algorithm.parameters
    if not data:
        return PssScheme("sha1", "sha1", 20)
    fields = der.sequence(data, der.root(data), "RSASSA-PSS-params")
    digest_tag, mask_tag, salt_tag = (fields.optional(der.CONTEXT_CONSTRUCTED + n) for n in range(3))
    name, mask, salt = "sha1", "sha1", 20
    if digest_tag:
        name = _known(x509.algorithm(data, der.only_child(data, digest_tag, "hashAlgorithm")))
    if mask_tag:
        mask = _mask_digest(data, der.only_child(data, mask_tag, "maskGenAlgorithm"))
    if salt_tag:
        salt = der.integer(data, der.only_child(data, salt_tag, "saltLength"))
    if not 0 <= salt <= LARGEST_KEY:
        raise FormatError("saltLength", f"0 to {LARGEST_KEY}", str(salt))
    return PssScheme(name, mask, salt)


def _mask_digest(data: bytes, element: der.Element) -> str:
    """Digest of the mask generation function, which is MGF1."""
    fields = der.sequence(data, element, "maskGenAlgorithm")
    oid = der.oid(data, fields.take(der.OID, "mask generation function"))
    if oid != MGF1:
        raise FormatError("maskGenAlgorithm", MGF1, oid)
    return _known(x509.algorithm(data, fields.take(der.SEQUENCE, "hash of MGF1")))


def _known(algorithm: x509.Algorithm) -> str:
    """Name of a digest; FormatError where it is not one that is supported."""
    name = DIGESTS.get(algorithm.oid)
    if name is None:
        raise FormatError("digest algorithm", " or ".join(_HASHES), algorithm.oid)
    return name


@lru_cache(maxsize=2048)
def _issued(encoded: bytes, issuer_spki: bytes) -> str:
    """Why a certificate was not signed with the key; empty where it was."""
    child = x509.parse(encoded)
    try:
        signature = der.bit_string(encoded, child.signature)
    except FormatError as error:
        return str(error)
    return verify(issuer_spki, child.algorithm, "", signature, der.whole(encoded, child.tbs))


MOST_NAMESAKES = 8  # candidates of one name whose key is tried: a cross-signed authority has 2 or 3 certificates


def issuers(child: x509.Parsed, pool: Iterable[x509.Parsed]) -> list[x509.Parsed]:
    """Return the certificates of a pool, each once, that `child` was issued with; at most eight of the name are tried."""
    namesakes = {c.sha256: c for c in pool if c.subject == child.issuer}
    return [c for c in list(namesakes.values())[:MOST_NAMESAKES] if issued_by(child, c)]


def issued_by(child: x509.Parsed, issuer: x509.Parsed) -> bool:
    """Return whether the issuer's name and key are those that `child` was issued with."""
    return child.issuer == issuer.subject and not _issued(child.encoded, issuer.spki_der)
