"""Counter-signatures: RFC 3161 tokens and the PKCS #9 form before them, by the lab's own authority."""

from __future__ import annotations

from unrig.drill.build import _der as der
from unrig.drill.build._certificates import Holder
from unrig.drill.build._pkcs7 import (
    Envelope,
    algorithm_identifier,
    attribute,
    digest_of,
    encoded,
    sign,
    signed_data,
    signer_info,
)

_RFC3161_ATTRIBUTE = "1.3.6.1.4.1.311.3.3.1"
_COUNTER_SIGNATURE = "1.2.840.113549.1.9.6"
_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
_SIGNING_TIME = "1.2.840.113549.1.9.5"
_DATA = "1.2.840.113549.1.7.1"
_POLICY = "2.999.2"
_DIGEST = "sha256"


def rfc3161(authority: Holder, signature: bytes, at: int) -> bytes:
    """Return the unsigned attribute with a time stamp token over the signature (RFC 3161, 2.4.2)."""
    imprint = digest_of(signature, _DIGEST)
    info = der.sequence(
        der.integer(1),
        der.oid(_POLICY),
        der.sequence(algorithm_identifier(_DIGEST), der.octets(imprint)),
        der.integer(int.from_bytes(imprint[:8])),
        der.generalized_time(at),
    )
    certificate_hash = der.octets(digest_of(encoded(authority), _DIGEST))
    # RFC 5035, 4: SHA-256 is the default hash and is left out.
    identifier = der.sequence(der.sequence(der.sequence(certificate_hash)))
    more = (attribute(_SIGNING_TIME, der.utc_time(at)), attribute(_SIGNING_CERTIFICATE_V2, identifier))
    signed = sign(authority, _DIGEST, _TST_INFO, digest_of(info, _DIGEST), more)
    envelope = Envelope(
        version=3,
        content=der.sequence(der.oid(_TST_INFO), der.tagged(0, der.octets(info))),
        certificates=authority.chain(),
    )
    return attribute(_RFC3161_ATTRIBUTE, signed_data(envelope, _DIGEST, signer_info(signed)))


def legacy(authority: Holder, signature: bytes, at: int) -> bytes:
    """Return the unsigned attribute with a PKCS #9 counter-signature (RFC 5652, 11.4; SHA-1, as then usual)."""
    more = (attribute(_SIGNING_TIME, der.utc_time(at)),)
    signed = sign(authority, "sha1", _DATA, digest_of(signature, "sha1"), more)
    return attribute(_COUNTER_SIGNATURE, signer_info(signed))
