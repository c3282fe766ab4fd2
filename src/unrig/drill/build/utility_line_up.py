"""Every release of the desktop utility that the drill puts on disk, and what may be said of each."""

from __future__ import annotations

import hashlib

from msgspec import Struct

from unrig.drill.build._package import Goods, Packing, packed
from unrig.drill.build.archive import Shipped
from unrig.drill.build.lab_authority import Standing
from unrig.drill.build.seeds import between, pick
from unrig.drill.build.tags import Brand, size
from unrig.drill.build.truth import HiddenTruth, VetTruth
from unrig.drill.build.utility import Utility, UtilitySpec, build_utility

FOLDER = "releases"
BENIGN = ("clean", "review")
BESIDE = ("suspicious", "rigged")
ALONE = ("clean", "review", "suspicious")
"""Nothing in the release itself contradicts anything, so nobody may say that it is rigged."""


class Shown(Struct, frozen=True, kw_only=True):
    """One release: as made, as shipped, and what is true of it."""

    utility: Utility
    shipped: Shipped
    truth: VetTruth


def utility_line_up(seed: int) -> dict[str, Shown]:
    """Return all releases by role: the one before, the rigged one, and five benign ones in its place."""
    packing = pick(seed, "packing", tuple(Packing))
    return {role: _shown(role, spec, packing, seed) for role, spec in specs(seed).items()}


def specs(seed: int) -> dict[str, UtilitySpec]:
    """Return what sets each release apart."""
    packing = pick(seed, "packing", tuple(Packing))
    places = (Brand.TABLE, Brand.CERTIFICATE) if packing is Packing.FOLDER else (*Brand,)[1:]
    return {
        "baseline": UtilitySpec(update=0),
        "rigged": UtilitySpec(rigged=True),
        "update": UtilitySpec(),
        "toolchain": UtilitySpec(toolchain=1),
        "branded": UtilitySpec(brand=pick(seed, "brand", places)),
        "service_release": UtilitySpec(helper=True),
        "rotation": UtilitySpec(standing=Standing.RENEWED),
    }


def _shown(role: str, spec: UtilitySpec, packing: Packing, seed: int) -> Shown:
    utility = build_utility(spec, seed)
    goods = Goods(
        product=utility.product,
        version=utility.version,
        maker=utility.vendor,
        program=utility.program,
        files=utility.files,
        signing=utility.signing,
        service=utility.helper if between(seed, "helper is a service", 0, 1) else "",
        tag=size(seed) if spec.brand is Brand.PACKAGE else 0,
    )
    shipped = packed(goods, role, packing, seed)
    program = hashlib.sha256(utility.files[utility.program]).hexdigest()
    truth = VetTruth(
        role=role,
        path=f"{FOLDER}/{shipped.path}",
        version=utility.version,
        beside="" if role == "baseline" else "baseline",
        verdicts=BESIDE if spec.rigged else BENIGN,
        alone=ALONE if spec.rigged else BENIGN,
        rigged=spec.rigged,
        hidden=(HiddenTruth(path=utility.program, sha256=program, how="program"),) if spec.rigged else (),
    )
    return Shown(utility=utility, shipped=shipped, truth=truth)
