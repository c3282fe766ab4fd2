"""Every release that a drill puts on disk: the rigged one, those before and after it, and its benign twins."""

from __future__ import annotations

import hashlib

from msgspec import Struct, structs

from unrig.drill.build.archive import Form, Shipped, ship
from unrig.drill.build.estate import Build, Says
from unrig.drill.build.hiding import Hiding
from unrig.drill.build.release import (
    BASELINE,
    CARRIER_ONLY,
    CLEAN,
    READER_ONLY,
    RIGGED,
    ReleaseSpec,
    ReleaseTruth,
    build_release,
    release_truth,
)
from unrig.drill.build.seeds import pick
from unrig.drill.build.truth import HiddenTruth, VetTruth

FOLDER = "releases"
PLACES = (Hiding.PADDING, Hiding.SPLIT, Hiding.SECOND_ENTRY, Hiding.BETWEEN)
"""Where in the certificate table the payload may be drawn to."""
VERDICTS = {
    "baseline": ("clean",),
    "rigged": ("rigged",),
    "fixed": ("clean",),
    "twin": ("clean",),
    "reader_only": ("clean", "review"),
    "carrier_only": ("rigged",),
}
"""What may be said of each: a payload that nobody signed for is rigging, with or without who reads it; new code alone
is worth a look at most."""


class Shown(Struct, frozen=True, kw_only=True):
    """One release: its files as made, and as shipped."""

    role: str
    files: dict[str, bytes]
    truth: ReleaseTruth
    shipped: Shipped
    hidden: tuple[HiddenTruth, ...]

    def vet_truth(self) -> VetTruth:
        """Return what may be said of it."""
        return VetTruth(
            role=self.role,
            path=f"{FOLDER}/{self.shipped.path}",
            version=self.truth.version,
            beside="" if self.role == "baseline" else "baseline",
            verdicts=VERDICTS[self.role],
            alone=VERDICTS["rigged"] if self.role == "rigged" else (),
            rigged="rigged" in VERDICTS[self.role],
            hidden=self.hidden,
        )


def line_up(seed: int) -> dict[str, Shown]:
    """Return all releases by role; form and hiding place are drawn."""
    form, place = pick(seed, "form", tuple(Form)), pick(seed, "hiding", PLACES)
    specs = {
        "baseline": BASELINE,
        "rigged": structs.replace(RIGGED, hiding=place),
        "fixed": ReleaseSpec(update=2),
        "twin": CLEAN,
        "reader_only": READER_ONLY,
        "carrier_only": structs.replace(CARRIER_ONLY, hiding=place),
    }
    return {role: _shown(role, spec, seed, form) for role, spec in specs.items()}


def _shown(role: str, spec: ReleaseSpec, seed: int, form: Form) -> Shown:
    files, drawn = build_release(spec, seed), release_truth(spec, seed)
    rigged = []
    if spec.hiding is not Hiding.NONE:
        rigged.append((drawn.carrier, "carrier"))
        if spec.reader:
            rigged.append((drawn.reader, "reader"))
    return Shown(
        role=role,
        files=files,
        truth=drawn,
        shipped=ship(files, drawn.product, drawn.version, role, form),
        hidden=tuple(HiddenTruth(path=path, sha256=_sha256(files[path]), how=how) for path, how in rigged),
    )


def known_build(shown: Shown, sibling: str) -> Build:
    """Return the release as inventories know it; `sibling` is the path of a library that no update touches."""
    drawn = shown.truth
    hashes = {
        Says.FILE: tuple((path, _sha256(shown.files[path])) for path in (drawn.carrier, drawn.reader)),
        Says.PROGRAM: ((drawn.program, _sha256(shown.files[drawn.program])),),
        Says.SIBLING: ((sibling, _sha256(shown.files[sibling])),),
    }
    if shown.shipped.sha256:
        hashes[Says.PACKAGE] = ((shown.shipped.path, shown.shipped.sha256),)
    return Build(role=shown.role, version=drawn.version, product=drawn.product, hashes=hashes)


def unchanged_library(shown: dict[str, Shown]) -> str:
    """Return the path of a library that is the same in every release."""
    releases = [each.files for each in shown.values()]
    same = [path for path in releases[0] if all(files[path] == releases[0][path] for files in releases)]
    return next(path for path in same if path.endswith(".dll"))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
