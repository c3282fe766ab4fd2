"""A CMS signature over a message (RFC 5652), as jars and NuGet packages have it: signer, chain, time stamps.

The chain is not judged here: it depends on roots, CRLs and a moment, which are no part of the bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from unrig.formats import authenticode_attributes, cms, cms_verify, der, timestamp, x509
from unrig.formats.authenticode_carried import Carried, leaf_first, signer_of
from unrig.model.errors import FormatError, LimitError
from unrig.model.signature import Signature, TimeStamp

MOST_STAMPS = 16
TOKENS = frozenset({cms.RFC3161_TOKEN, cms.TOKEN_ATTRIBUTE})


class Digest(Struct, frozen=True, kw_only=True):
    """What a message says the signed thing's digest is, and what it is."""

    algorithm: str = ""
    declared: str = ""
    computed: str = ""
    """Empty where it cannot be worked out, or the declared one is of something else that was checked apart."""


def read(raw: memoryview, signed: cms.SignedData, message: bytes, digest: Digest, carried: Carried) -> Signature:
    """Return the signature over a message; `carried` takes up what it carries, and what is damaged."""
    pool = carried.take(signed)
    signer = signed.signers[0] if signed.signers else None
    leaf = cms_verify.find_signer(signer, pool) if signer else None
    carried.mark(leaf, pool)
    failure = "there is no signer"
    if signer is not None:
        failure = cms_verify.check(raw, signer, leaf, signed.content_type, message)
    stamps = list(_stamps(raw, signer, pool, carried)) if signer else []
    for stamp in stamps:
        carried.mark(stamp.certificate, stamp.pool)
        carried.stray(stamp.strays)
    understood = (
        {a.where.start for a in signer.unsigned if a.oid in TOKENS | {cms.LEGACY_COUNTER_SIGNATURE}}
        if signer
        else set()
    )
    describe = authenticode_attributes.describe
    return Signature(
        entry=0,
        depth=0,
        algorithm=digest.algorithm,
        digest_declared=digest.declared,
        digest_computed=digest.computed,
        signature_valid=not failure,
        failure=failure,
        signer=signer_of(leaf) if leaf else None,
        certificates=leaf_first(leaf, pool),
        attributes=(
            *describe(raw, signer.signed, (), "signed"),
            *describe(raw, signer.unsigned, understood, "unsigned"),
        )
        if signer
        else (),
        timestamps=tuple(_time_stamp(stamp) for stamp in stamps),
        signing_time=cms_verify.signing_time(raw, signer) if signer else 0,
    )


def _stamps(
    raw: memoryview, signer: cms.SignerInfo, pool: Sequence[x509.Parsed], carried: Carried
) -> Iterator[timestamp.Stamp]:
    """Yield the time stamps among the unsigned attributes; those of a repository that signs it again count too."""
    for attribute in signer.unsigned:
        for value in attribute.values[:MOST_STAMPS]:
            try:
                if attribute.oid in TOKENS:
                    yield timestamp.token(raw, value, signer.signature, pool, carried.take)
                elif attribute.oid == cms.LEGACY_COUNTER_SIGNATURE:
                    other = cms.signer_info(raw, value)
                    carried.mark(cms_verify.find_signer(other, pool), pool)
                    carried.stray(other.strays)
            except (FormatError, LimitError) as error:
                carried.damaged.append(f"{cms.KNOWN_ATTRIBUTES[attribute.oid]} at {attribute.where.start:#x}: {error}")


def _time_stamp(stamp: timestamp.Stamp) -> TimeStamp:
    return TimeStamp(
        kind=stamp.kind,
        at=stamp.at,
        signer=signer_of(stamp.certificate) if stamp.certificate else None,
        verified=not stamp.failure,
        failure=stamp.failure,
        certificates=leaf_first(stamp.certificate, stamp.pool),
    )


def root(raw: memoryview) -> cms.SignedData:
    """Return the SignedData at the start of some bytes. Raises FormatError or LimitError where there is none."""
    return cms.signed_data(raw, der.expect(der.read(raw, 0, len(raw)), der.SEQUENCE, "a SEQUENCE"))
