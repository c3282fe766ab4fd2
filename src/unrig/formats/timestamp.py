"""Counter-signatures that say when a signature existed: RFC 3161 tokens and PKCS #9 (RFC 2985 section 5.3.6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from unrig.formats import cms, cms_verify, der, x509, x509_verify
from unrig.model.errors import FormatError

TST_INFO = "1.2.840.113549.1.9.16.1.4"

Gather = Callable[[cms.SignedData], list[x509.Parsed]]
"""Takes up what a token carries and returns its certificates."""


class Stamp(Struct, frozen=True, kw_only=True):
    """One counter-signature, verified or not."""

    kind: str
    """rfc3161 or legacy."""
    at: int
    failure: str
    certificate: x509.Parsed | None
    pool: tuple[x509.Parsed, ...]
    """The certificates it may chain through."""
    unsigned: tuple[cms.RawAttribute, ...]
    """Attributes that nothing signs, not even the authority."""
    strays: tuple[cms.Stray, ...] = ()
    """Of a legacy one; a token's are taken up by `gather`."""


class _Info(Struct, frozen=True, kw_only=True):
    """The members of TSTInfo that verification needs."""

    imprint_algorithm: str
    imprint: bytes
    at: int


def token(data: der.Data, value: der.Element, signature: bytes, outer: Sequence[x509.Parsed], gather: Gather) -> Stamp:
    """Return an RFC 3161 token over the outer signature value.

    Raises FormatError or LimitError where it is no token at all.
    """
    signed = cms.signed_data(data, value)
    if signed.content_type != TST_INFO or signed.content is None:
        raise FormatError(f"offset {value.start:#x}", f"TSTInfo ({TST_INFO})", signed.content_type or "no content")
    if not signed.signers:
        raise FormatError(f"offset {value.start:#x}", "a signer of the token", "none")
    content = der.content(data, der.expect(signed.content, der.OCTET_STRING, "eContent"))
    info = _tst_info(content)
    pool = [*gather(signed), *outer]
    signer = signed.signers[0]
    certificate = cms_verify.find_signer(signer, pool)
    failure = _imprint_failure(info, signature)
    if not failure and not signer.signed_der:
        failure = "the token has no signed attributes"  # RFC 3161 section 2.4.2
    failure = failure or cms_verify.check(data, signer, certificate, TST_INFO, content)
    return Stamp(
        kind="rfc3161",
        at=info.at,
        failure=failure,
        certificate=certificate,
        pool=tuple(pool),
        unsigned=signer.unsigned,
    )


def _tst_info(content: bytes) -> _Info:
    """Read TSTInfo (RFC 3161 section 2.4.2)."""
    fields = der.sequence(content, der.root(content), "TSTInfo")
    der.integer(content, fields.take(der.INTEGER, "version"))
    fields.take(der.OID, "policy")
    imprint = der.sequence(content, fields.take(der.SEQUENCE, "messageImprint"), "MessageImprint")
    algorithm = x509.algorithm(content, imprint.take(der.SEQUENCE, "hashAlgorithm"))
    hashed = imprint.take(der.OCTET_STRING, "hashedMessage")
    fields.take(der.INTEGER, "serialNumber")
    return _Info(
        imprint_algorithm=x509_verify.digest_name(algorithm),
        imprint=der.content(content, hashed),
        at=der.time(content, fields.take(der.GENERALIZED_TIME, "genTime")),
    )


def _imprint_failure(info: _Info, signature: bytes) -> str:
    """Why the token is not about this signature value; empty where it is."""
    try:
        actual = x509_verify.digest(info.imprint_algorithm, signature)
    except FormatError as error:
        return str(error)
    return "" if actual == info.imprint else "the imprint is not that of the signature"


def legacy(data: der.Data, value: der.Element, signature: bytes, outer: Sequence[x509.Parsed]) -> Stamp:
    """Return a PKCS #9 counter-signature over the outer signature value (RFC 5652 section 11.4).

    Raises FormatError or LimitError where it is no SignerInfo.
    """
    signer = cms.signer_info(data, value)
    at = cms_verify.signing_time(data, signer)
    certificate = cms_verify.find_signer(signer, outer)
    failure = "" if at else "the counter-signature states no time"
    return Stamp(
        kind="legacy",
        at=at,
        failure=failure or cms_verify.check(data, signer, certificate, "", signature),
        certificate=certificate,
        pool=tuple(outer),
        unsigned=signer.unsigned,
        strays=signer.strays,
    )
