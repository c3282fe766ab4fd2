"""Signed installers: the lab's publishers sign packages that are made here, from names and sizes alone."""

from __future__ import annotations

import struct
import uuid

from msgspec import Struct, field

from unrig.drill.build import _der as der
from unrig.drill.build import _spc as spc
from unrig.drill.build._pkcs7 import Envelope, algorithm_identifier, digest_of, signed_data, signer_info
from unrig.drill.build.msi import (
    CLASS_ID,
    SIGNATURE,
    SIGNATURE_EX,
    MsiBinary,
    MsiFile,
    MsiSpec,
    installer_layout,
    streams_of,
)
from unrig.drill.build.ole import OleLayout, OleStream, build_ole
from unrig.drill.build.payload import NOTHING, PayloadSpec, fill
from unrig.drill.build.signing import SigningSpec, _legacy_certificates, _sign, _unsigned_attributes

__all__ = ["SignedMsiSpec", "signed_msi"]

_SIP_INFO = "1.3.6.1.4.1.311.2.1.30"
_MSI_SUBJECT = uuid.UUID("000C10F1-0000-0000-C000-000000000046")


class SignedMsiSpec(Struct, frozen=True, kw_only=True):
    """A package and its signature: no content, only sizes of inert payload."""

    product: str = "Drill Phone"
    version: str = "1.2.3"
    files: dict[str, int] = field(default_factory=lambda: {"phone.exe": 9000})
    """Size of each file by its path."""
    binaries: dict[str, int] = {}
    """Size of each stream of the Binary table by its name."""
    signing: SigningSpec = SigningSpec()
    """Its digest, publisher, time stamp and flaws; what belongs to programs alone is passed over."""
    extended: bool = False
    """With MsiDigitalSignatureEx, a digest over names and sizes."""
    after: PayloadSpec = NOTHING
    """In the signature's stream, behind its value."""
    layout: OleLayout = OleLayout()


def signed_msi(spec: SignedMsiSpec, seed: int) -> bytes:
    """Return the package with its signature; the same spec and seed give the same bytes but for the keys.

    Raises:
        ValueError: as `build_msi` and `signed_pe` do.
    """
    files = tuple(
        MsiFile(path=path, content=fill(seed, f"file/{path}", PayloadSpec(size=size)))
        for path, size in spec.files.items()
    )
    binaries = tuple(MsiBinary(name=name, size=size) for name, size in spec.binaries.items())
    package = MsiSpec(product=spec.product, version=spec.version, files=files, binaries=binaries)
    return _signed_package(package, spec, seed)


def _signed_package(package: MsiSpec, spec: SignedMsiSpec, seed: int) -> bytes:
    """Return a package of files made here, with the signature and the layout of `spec`, and none of its files."""
    streams = sorted(streams_of(package, seed), key=lambda stream: stream.name.encode("utf-16-le") + b"\0\0")
    algorithm = spec.signing.digest.value
    root = uuid.UUID(CLASS_ID).bytes_le
    extended = digest_of(_described(streams, root), algorithm) if spec.extended else b""
    digest = digest_of(extended + b"".join(stream.content for stream in streams) + root, algorithm)
    value = _signature(digest, spec.signing, seed) + fill(seed, "after", spec.after)
    streams.append(OleStream(name=SIGNATURE, content=value))
    if extended:
        streams.append(OleStream(name=SIGNATURE_EX, content=extended))
    return build_ole(tuple(streams), installer_layout(spec.layout), seed)


def _described(streams: list[OleStream], root: bytes) -> bytes:
    """Return what the extended digest is over: the root's class, then name, size, state and times of each stream."""
    rows = (s.name.encode("utf-16-le") + struct.pack("<IIQQ", len(s.content), 0, 0, 0) for s in streams)
    return root + bytes(4) + b"".join(rows)


def _signature(digest: bytes, signing: SigningSpec, seed: int) -> bytes:
    """Return the SignedData over SpcIndirectDataContent with an SpcSipInfo, as installers have it."""
    numbers = [der.integer(1), der.octets(_MSI_SUBJECT.bytes_le), *[der.integer(0)] * 5]
    content = der.sequence(
        der.sequence(der.oid(_SIP_INFO), der.sequence(*numbers)),
        der.sequence(algorithm_identifier(signing.digest), der.octets(digest)),
    )
    signed = _sign(content, signing)
    envelope = Envelope(
        content=der.sequence(der.oid(spc.INDIRECT_DATA), der.tagged(0, content)),
        certificates=signed.signer.chain() + _legacy_certificates(signing),
    )
    return signed_data(envelope, signing.digest, signer_info(signed, _unsigned_attributes(b"", signed, signing, seed)))
