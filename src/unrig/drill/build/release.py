"""A small made-up product in the manner of Electron, as its publisher ships it or rigged.

The rigged release has two parts: a *carrier*, a runtime library signed by another publisher that holds
a payload where its signature does not look, and a *reader*, a media library that names the carrier and
can open, read and unprotect. Drawn from the seed, within these bounds: product, publishers, file names,
folder, payload of 24 KiB to 512 KiB, file sizes of 10 KiB to 120 KiB, the encoding of the name, whether
the media library is signed.
"""

from __future__ import annotations

from msgspec import Struct

from unrig.drill.build._release_parts import (
    Cast,
    cast,
    data_files,
    media_library,
    program,
    runtime_library,
    sibling_libraries,
)
from unrig.drill.build.hiding import Hiding, hidden_in
from unrig.drill.build.payload import NOTHING, Kind, PayloadSpec
from unrig.drill.build.seeds import between
from unrig.drill.build.signing import SigningSpec

_RUNTIME_SIGNED = 1_671_500_000
"""Unix seconds: 2022-12-20, after the runtime library was linked and before any product that ships it was built."""
SMALLEST_PAYLOAD, LARGEST_PAYLOAD = 24 << 10, 512 << 10


class ReleaseSpec(Struct, frozen=True, kw_only=True):
    """One release of the product that the seed draws. Everything not said here is drawn from the seed alone."""

    update: int = 1
    """0 is the baseline; each further one has a higher version, a later date and changed code of the vendor's own."""
    hiding: Hiding = Hiding.NONE
    kind: Kind = Kind.RANDOM
    """What the payload looks like."""
    reader: bool = False
    """The media library names the carrier, imports what reading and unprotecting take, and has changed code."""


BASELINE = ReleaseSpec(update=0)
CLEAN = ReleaseSpec()
"""Twin of `RIGGED`: the same release with neither carrier nor reader."""
RIGGED = ReleaseSpec(hiding=Hiding.PADDING, reader=True)
CARRIER_ONLY = ReleaseSpec(hiding=Hiding.PADDING)
READER_ONLY = ReleaseSpec(reader=True)


class ReleaseTruth(Struct, frozen=True, kw_only=True):
    """What a release is, for those who score."""

    product: str
    version: str
    built: int
    """Unix seconds; the vendor's time stamps are an hour later."""
    vendor: str
    """Publisher of the product."""
    runtime_publisher: str
    """Publisher of the carrier."""
    program: str
    """Paths in the release."""
    reader: str
    """Path of the media library; whether it reads is the spec's `reader`."""
    carrier: str
    """Path of the runtime library; whether it carries is the spec's `hiding`."""
    payload: PayloadSpec


def build_release(spec: ReleaseSpec, seed: int) -> dict[str, bytes]:
    """Return path to bytes; the same spec and seed give the same bytes.

    Releases of one seed share names, publishers and every byte that their specs do not set apart.
    """
    drawn = cast(seed, spec.update)
    files = {
        drawn.program: program(drawn, seed),
        drawn.media: media_library(drawn, seed, reads=spec.reader),
        drawn.runtime: runtime_library(_carrier_signing(spec, drawn, seed), seed),
        **sibling_libraries(drawn, seed),
        **data_files(drawn, seed),
    }
    return dict(sorted(files.items()))


def release_truth(spec: ReleaseSpec, seed: int) -> ReleaseTruth:
    """Return what `build_release` makes of the same spec and seed."""
    drawn = cast(seed, spec.update)
    return ReleaseTruth(
        product=drawn.product,
        version=drawn.version,
        built=drawn.built,
        vendor=drawn.vendor,
        runtime_publisher=drawn.runtime_publisher,
        program=drawn.program,
        reader=drawn.media,
        carrier=drawn.runtime,
        payload=_payload(spec, seed),
    )


def _payload(spec: ReleaseSpec, seed: int) -> PayloadSpec:
    if spec.hiding is Hiding.NONE:
        return NOTHING
    return PayloadSpec(size=between(seed, "payload", SMALLEST_PAYLOAD, LARGEST_PAYLOAD), kind=spec.kind)


def _carrier_signing(spec: ReleaseSpec, drawn: Cast, seed: int) -> SigningSpec:
    """Return the runtime library's signature, with the payload where the spec hides it."""
    plain = SigningSpec(publisher=drawn.runtime_publisher, time_stamp_at=_RUNTIME_SIGNED)
    return hidden_in(plain, spec.hiding, _payload(spec, seed))
