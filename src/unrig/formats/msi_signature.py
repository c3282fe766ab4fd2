"""The Authenticode signature of an installer: the PKCS #7 in its stream, judged against the digests of its streams.

The chain is not judged here: it depends on roots, CRLs and a moment, which are no part of the bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from unrig.formats import (
    authenticode_content,
    cms,
    cms_verify,
    der,
    entropy,
    msi_digest,
    msi_streams,
    ole,
    timestamp,
    x509,
)
from unrig.formats.authenticode_carried import Carried, leaf_first, signer_of
from unrig.formats.ole_header import Notes
from unrig.model.errors import FormatError, LimitError
from unrig.model.msi import MsiSignature
from unrig.model.signature import TimeStamp

MAX_SIGNATURE = 16 << 20  # real ones have some 10 KiB
MAX_EXTENDED = 64  # octets of SHA-512
MOST_STAMPS = 16  # as in a program's signature
TOKENS = frozenset({cms.RFC3161_TOKEN, cms.TOKEN_ATTRIBUTE})


def read_signature(data: memoryview, structure: ole.OleStructure, notes: Notes) -> MsiSignature | None:
    """Return the signature; None where there is no stream for it, or none that holds one (which is noted)."""
    entry = msi_streams.top(structure, msi_streams.SIGNATURE)
    if entry is None:
        return None
    try:
        raw = memoryview(ole.whole(data, structure, entry, MAX_SIGNATURE))
        value = der.root(raw)
        signed = cms.signed_data(raw, value)
        signature = _signature(raw, signed, notes)
    except (FormatError, LimitError) as error:
        notes.add("signature", "a PKCS #7 value", str(error))
        return None
    after = entropy.measure(raw, value.end, len(raw) - value.end) if value.end < len(raw) else None
    return _compared(replace(signature, after=after), data, structure, notes)


def _signature(raw: memoryview, signed: cms.SignedData, notes: Notes) -> MsiSignature:
    """Return what the PKCS #7 says of itself; the digests of the file are not worked out yet."""
    carried = Carried(raw)
    pool = carried.take(signed)
    algorithm, declared = _declared(raw, signed)
    signer = signed.signers[0] if signed.signers else None
    leaf = cms_verify.find_signer(signer, pool) if signer else None
    carried.mark(leaf, pool)
    failure = "there is no signer"
    if signer and signed.content:
        octets = der.content(raw, signed.content)
        failure = cms_verify.check(raw, signer, leaf, signed.content_type, octets)
    stamps = _stamps(raw, signer, pool, carried, notes) if signer else ()
    for line in carried.damaged:
        notes.add("signature", "what its grammar says", line)
    return MsiSignature(
        algorithm=algorithm,
        digest_declared=declared,
        failure=failure,
        signer=signer_of(leaf) if leaf else None,
        certificates=carried.certificates(),
        timestamps=stamps,
        strays=carried.strays(),
    )


def _declared(raw: memoryview, signed: cms.SignedData) -> tuple[str, str]:
    """Return algorithm and digest that were signed. Raises FormatError where no digest of a file was."""
    if signed.content_type != authenticode_content.SPC_INDIRECT_DATA or signed.content is None:
        raise FormatError("signature", "SpcIndirectDataContent", signed.content_type or "no content")
    content = authenticode_content.indirect_data(raw, signed.content)
    return content.algorithm, content.digest


def _stamps(
    raw: memoryview, signer: cms.SignerInfo, pool: Sequence[x509.Parsed], carried: Carried, notes: Notes
) -> tuple[TimeStamp, ...]:
    """Return the time stamps among the unsigned attributes; what is none is noted."""
    found: list[timestamp.Stamp] = []
    for attribute in signer.unsigned:
        for value in attribute.values[:MOST_STAMPS]:
            try:
                if attribute.oid in TOKENS:
                    found.append(timestamp.token(raw, value, signer.signature, pool, carried.take))
                elif attribute.oid == cms.LEGACY_COUNTER_SIGNATURE:
                    found.append(timestamp.legacy(raw, value, signer.signature, pool))
            except (FormatError, LimitError) as error:
                notes.add("signature: time stamp", "one of RFC 3161 or PKCS #9", str(error))
    for stamp in found:
        carried.mark(stamp.certificate, stamp.pool)
        carried.stray(stamp.strays)
    return tuple(_time_stamp(stamp) for stamp in found)


def _time_stamp(stamp: timestamp.Stamp) -> TimeStamp:
    return TimeStamp(
        kind=stamp.kind,
        at=stamp.at,
        signer=signer_of(stamp.certificate) if stamp.certificate else None,
        verified=not stamp.failure,
        failure=stamp.failure,
        certificates=leaf_first(stamp.certificate, stamp.pool),
    )


def _compared(signature: MsiSignature, data: memoryview, structure: ole.OleStructure, notes: Notes) -> MsiSignature:
    """Return the signature with the digests of this file beside those that were signed."""
    if signature.algorithm not in msi_digest.ALGORITHMS:
        notes.add("signature", "a digest that files are signed with", signature.algorithm)
        return signature
    extended = _extended(data, structure, notes)
    computed = msi_digest.directory_digest(structure, signature.algorithm) if extended else b""
    return replace(
        signature,
        digest_computed=file_digest(data, structure, signature.algorithm, notes),
        extended_declared=extended.hex(),
        extended_computed=computed.hex(),
    )


def file_digest(data: memoryview, structure: ole.OleStructure, algorithm: str, notes: Notes) -> str:
    """Return the digest that is signed, as computed over this file; empty, and noted, where a stream cannot be read."""
    try:
        return msi_digest.file_digest(data, structure, algorithm)
    except FormatError as error:
        notes.add("digest", "streams that can be read to their ends", str(error))
        return ""


def _extended(data: memoryview, structure: ole.OleStructure, notes: Notes) -> bytes:
    """Return the content of MsiDigitalSignatureEx, empty where there is none."""
    entry = msi_streams.top(structure, msi_streams.SIGNATURE_EX)
    if entry is None:
        return b""
    try:
        return ole.whole(data, structure, entry, MAX_EXTENDED)
    except (FormatError, LimitError) as error:
        notes.add("MsiDigitalSignatureEx", "a digest", str(error))
        return b""
