"""Every release of the calling client that the drill puts on disk, and what may be said of each."""

from __future__ import annotations

import hashlib

from msgspec import Struct

from unrig.drill.build._package import Goods, Packing, packed
from unrig.drill.build.archive import Shipped
from unrig.drill.build.client import Client, ClientSpec, build_client
from unrig.drill.build.client_parts import Tampering, naming
from unrig.drill.build.hiding import Hiding, offset_of
from unrig.drill.build.lab_authority import Standing
from unrig.drill.build.payload import PayloadSpec
from unrig.drill.build.seeds import between, derive, pick
from unrig.drill.build.tags import Brand, size
from unrig.drill.build.truth import HiddenTruth, PlaceTruth, VetTruth

FOLDER = "releases"
SMALLEST, LARGEST = 24 << 10, 300 << 10
PLACES = (
    *(Hiding.PADDING, Hiding.PADDING, Hiding.SPLIT, Hiding.SECOND_ENTRY, Hiding.BETWEEN),
    *(Hiding.UNSIGNED_ATTRIBUTE, Hiding.SPARE_CERTIFICATE, Hiding.SPARE_CRL),
)
"""Where the payload may be drawn to."""
RIGGED, BENIGN = ("rigged",), ("clean", "review")


class Shown(Struct, frozen=True, kw_only=True):
    """One release: as made, as shipped, and what is true of it."""

    client: Client
    shipped: Shipped
    truth: VetTruth


def client_line_up(seed: int) -> dict[str, Shown]:
    """Return all releases by role: the one before, the rigged one, and six benign ones in its place."""
    return {role: _shown(role, spec, seed) for role, spec in specs(seed).items()}


def specs(seed: int) -> dict[str, ClientSpec]:
    """Return what sets each release apart."""
    return {
        "baseline": ClientSpec(update=0),
        "rigged": ClientSpec(tampering=_tampering(seed)),
        "clean": ClientSpec(),
        "codec_update": ClientSpec(framework_update=1),
        "branded": ClientSpec(brand=pick(seed, "brand", (Brand.TABLE, Brand.CERTIFICATE, Brand.PACKAGE))),
        "service_release": ClientSpec(helper=True),
        "rotation": ClientSpec(standing=Standing.RENEWED),
        "fixed": ClientSpec(update=2, standing=Standing.RENEWED),
    }


def _tampering(seed: int) -> Tampering:
    hidden = PayloadSpec(size=between(seed, "payload", SMALLEST, LARGEST))
    return Tampering(hiding=pick(seed, "hiding", PLACES), payload=hidden, reads=True)


def _shown(role: str, spec: ClientSpec, seed: int) -> Shown:
    client = build_client(spec, seed)
    goods = Goods(
        product=client.drawn.product,
        version=client.drawn.version,
        maker=client.drawn.vendor,
        program=client.drawn.program,
        files=client.files,
        signing=client.signing,
        service=client.helper if between(seed, "helper is a service", 0, 1) else "",
        tag=size(seed) if spec.brand is Brand.PACKAGE else 0,
    )
    shipped = packed(goods, role, Packing.MSI, seed)
    rigged = spec.tampering.hiding is not Hiding.NONE
    verdicts = RIGGED if rigged else BENIGN
    truth = VetTruth(
        role=role,
        path=f"{FOLDER}/{shipped.path}",
        version=client.drawn.version,
        beside="" if role == "baseline" else "baseline",
        verdicts=verdicts,
        alone=verdicts,
        rigged=rigged,
        hidden=_hidden(client, spec.tampering, seed) if rigged else (),
    )
    return Shown(client=client, shipped=shipped, truth=truth)


def _hidden(client: Client, tampering: Tampering, seed: int) -> tuple[HiddenTruth, ...]:
    """Return the carrier with its payload's place, and the reader, told best where it names the carrier."""
    carrier, codec = client.files[client.drawn.carrier], client.files[client.drawn.codec]
    at = offset_of(carrier, tampering.hiding, tampering.payload, derive(seed, "carrier"))
    shared = tampering.payload.size // (2 if tampering.hiding is Hiding.SPLIT else 1)
    place = PlaceTruth(what=f"payload, {tampering.hiding.value.replace('_', ' ')}", offset=at, size=shared)
    return (
        HiddenTruth(path=client.drawn.carrier, sha256=_sha256(carrier), how="carrier", places=(place,)),
        HiddenTruth(
            path=client.drawn.codec,
            sha256=_sha256(codec),
            how="reader",
            told="high" if naming(derive(seed, "codec")) else "medium",
        ),
    )


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
