"""`relay`: a calling client's update is rigged by two libraries, sleeps some days, and asks a public site where to go.

Everything is drawn from the seed, within these bounds, and nothing from what any rule looks for:

- the product, its publisher, another publisher, files, versions and dates: as `build.release` draws them;
- the payload: 24 KiB to 512 KiB of random bytes in the certificate table of the other publisher's library: behind the
  signature, split over two entries, in an entry of an undefined type, or between entries; the reader names it in ASCII
  or UTF-16;
- the release: a ZIP archive, a wheel or a folder; besides it the baseline before, the repaired build after, the twin
  that was never rigged, one with the reader alone (a media library that learned to read files) and one with the
  carrier alone;
- telemetry of 20 devices over 14 days that begin 3 to 5 days before the release, in one of two exporters' spellings,
  connections with or without host names; 11 to 14 devices have the product, 2 to 4 of them never update; updates come
  within 2 days, 4 to 6 devices contact one of six public sites 3 to 5 days later, on one to three days; on 1 to 3 of
  these a foreign library stands in the product's folder 2 to 30 hours later. 6 devices lack module loads, name
  queries, connections, hashes, or everything. On the twin
  fleet everything is the same, but that it takes the repaired build a month later, and nothing happens;
- an inventory of 2,000 rows over 440 to 520 devices of three customers; three bills of materials; 9 to 16 claims.

The sites are real names (see `build.world`), every other name is made up. File creation is not recorded.
"""

from __future__ import annotations

from collections.abc import Mapping

from unrig.drill.build import claims, inventory
from unrig.drill.build.bills import Bills, bills
from unrig.drill.build.estate import Build, Estate, Proof, count, estate, proof
from unrig.drill.build.image_hash import authenticode_sha256
from unrig.drill.build.lab_policy import POLICY, policy_files
from unrig.drill.build.line_up import FOLDER, Shown, known_build, line_up, unchanged_library
from unrig.drill.build.seeds import pick
from unrig.drill.build.sleeper import hunted
from unrig.drill.build.truth import (
    TRUTH_FILE,
    Built,
    ClaimsTruth,
    Incident,
    RespondTruth,
    ScopeTruth,
    Truth,
    encode,
    moment_of,
)

SBOMS = "sboms"
INVENTORY, CLAIMS = "inventory.csv", "claims.toml"


def build(seed: int) -> Built:
    """Return the drill of this seed: the same seed gives the same bytes."""
    shown = line_up(seed)
    rigged = shown["rigged"].truth
    fleet = hunted(seed, shown)
    sibling = unchanged_library(shown)
    known = {role: known_build(shown[role], sibling) for role in _KNOWN}
    held = estate(seed, fleet.devices, known)
    listed = bills(seed, shown["rigged"], shown["baseline"])
    said = claims.claims(seed, f"{rigged.product} {rigged.version}", moment_of(rigged.built))
    truth = Truth(
        incident=INCIDENT.id,
        seed=seed,
        policy=POLICY,
        releases=tuple(each.vet_truth() for each in shown.values()),
        hunt=fleet.truth,
        scope=_scope_truth(held, known, listed),
        claims=ClaimsTruth(claims=CLAIMS, reports=len(said.said), roots=len(said.roots), unrooted=said.unrooted),
        respond=_respond_truth(shown),
    )
    files = {f"{FOLDER}/{path}": data for each in shown.values() for path, data in each.shipped.files.items()}
    files |= fleet.files
    files |= {f"{SBOMS}/{name}": data for name, data in listed.files.items()}
    files |= {INVENTORY: _inventory(seed, held), CLAIMS: claims.write(said.said)}
    files |= {**policy_files(), TRUTH_FILE: encode(truth)}
    return Built(files=dict(sorted(files.items())), truth=truth)


_KNOWN = ("baseline", "fixed", "rigged")
"""The releases that customers have."""


def _inventory(seed: int, held: Estate) -> bytes:
    export = pick(seed, "inventory/export", sorted(inventory.HEADERS))
    return inventory.write(held.rows, export, pick(seed, "inventory/delimiter", inventory.DELIMITERS))


def _scope_truth(held: Estate, known: Mapping[str, Build], listed: Bills) -> ScopeTruth:
    rigged = tuple(seat for seat in held.seats if seat.role == "rigged")
    proofs = [proof(seat, known) for seat in rigged]
    proven = tuple(seat for seat, told in zip(rigged, proofs, strict=True) if told is Proof.RIGGED_FILE)
    fixed = [seat for seat in held.seats if seat.role == "fixed" and proof(seat, known) is not Proof.NONE]
    return ScopeTruth(
        inventory=INVENTORY,
        sboms=SBOMS,
        devices=len(held.seats),
        affected=count(proven),
        telling=proofs.count(Proof.OWN_FILE),
        undecided=len(rigged) - len(proven),
        fixed=len(fixed),
        innocent=sum(seat.role in ("baseline", "fixed") for seat in held.seats),
        embedded=listed.embedded,
        not_embedded=listed.not_embedded,
    )


def _respond_truth(shown: dict[str, Shown]) -> RespondTruth:
    rigged = shown["rigged"]
    return RespondTruth(
        deny_sha256=tuple(sorted(each.sha256 for each in rigged.hidden)),
        never_block=(authenticode_sha256(rigged.files[rigged.truth.carrier]),),
        fix=f"{FOLDER}/{shown['fixed'].shipped.path}",
    )


INCIDENT = Incident(id="relay", title="a calling client's update, rigged by two libraries, that sleeps", build=build)
