"""Whether a signer's key signed the content (RFC 5652 sections 5.4 and 5.6)."""

from __future__ import annotations

from collections.abc import Sequence

from unrig.formats import cms, der, x509, x509_verify
from unrig.model.errors import FormatError


def find_signer(signer: cms.SignerInfo, certificates: Sequence[x509.Parsed]) -> x509.Parsed | None:
    """Return the carried certificate that the SignerInfo names, by issuer and serial or by key identifier."""
    for certificate in certificates:
        if signer.key_identifier:
            if _key_identifier(certificate) == signer.key_identifier:
                return certificate
        elif certificate.issuer == signer.issuer and certificate.serial == signer.serial:
            return certificate
    return None


def _key_identifier(certificate: x509.Parsed) -> bytes:
    """Return the subject key identifier; empty where there is none."""
    extension = certificate.extension(x509.SUBJECT_KEY_IDENTIFIER)
    if extension is None:
        return b""
    try:
        inner = der.only_child(certificate.encoded, extension.value, "SubjectKeyIdentifier")
    except FormatError:
        return b""
    return der.content(certificate.encoded, inner)


def check(
    data: der.Data, signer: cms.SignerInfo, certificate: x509.Parsed | None, content_type: str, content: bytes
) -> str:
    """Return why the signature over `content` does not hold; empty where it does.

    An empty `content_type` means that the signed attributes need none (PKCS #9 counter-signatures, RFC 5652
    section 11.4).
    """
    if certificate is None:
        return "the signer's certificate is not carried"
    name = x509_verify.digest_name(signer.digest)
    message = content
    if signer.signed_der:
        failure = _attributes_hold(data, signer, name, content_type, content)
        if failure:
            return failure
        message = signer.signed_der
    return x509_verify.verify(certificate.spki_der, signer.algorithm, name, signer.signature, message)


def _attributes_hold(data: der.Data, signer: cms.SignerInfo, name: str, content_type: str, content: bytes) -> str:
    """Return why contentType and messageDigest are not those of the content (RFC 5652 section 5.6)."""
    try:
        kind = cms.single_value(signer.signed, cms.CONTENT_TYPE)
        if content_type and (kind is None or der.oid(data, kind) != content_type):
            return f"the signed content type is not {content_type}"
        declared = cms.single_value(signer.signed, cms.MESSAGE_DIGEST)
        if declared is None:
            return "there is no message digest"
        der.expect(declared, der.OCTET_STRING, "messageDigest")
        if der.content(data, declared) != x509_verify.digest(name, content):
            return "the message digest is not that of the content"
    except FormatError as error:
        return str(error)
    return ""


def signing_time(data: der.Data, signer: cms.SignerInfo) -> int:
    """Return the signed attribute signingTime in Unix seconds; 0 where absent or malformed."""
    value = cms.single_value(signer.signed, cms.SIGNING_TIME)
    try:
        return der.time(data, value) if value else 0
    except FormatError:
        return 0
