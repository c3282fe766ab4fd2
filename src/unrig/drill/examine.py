"""Sitting the exam: a built drill, put before the verbs as a user would, and what they answered."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from msgspec import Struct, structs

from unrig import api
from unrig.drill.build import truth as truths
from unrig.drill.build.folder import write_folder
from unrig.drill.build.truth import HuntTruth, Incident, Telemetry, Truth
from unrig.drill.incidents import INCIDENTS
from unrig.drill.score_vet import ALONE
from unrig.loop.investigate import Investigated
from unrig.model.errors import UsageError
from unrig.model.lead import Lead
from unrig.model.results import HuntResult, VetResult

USUAL_DEVICES = 200
"""Enough that two of a hundred are more than one, as the thresholds of rarity need."""


class Answers(Struct, frozen=True, kw_only=True):
    """What the verbs said of a drill; None for a part that it does not have."""

    vets: Mapping[str, VetResult]
    """By role of the release, beside the one it is compared with; by itself as `role alone` where the truth says."""
    hunt: HuntResult | None = None
    twin: HuntResult | None = None
    """Of the fleet on which nothing happened, with the same leads."""
    run: Investigated | None = None


def incident(name: str) -> Incident:
    """Return the incident of that name. Raises UsageError."""
    found = next((each for each in INCIDENTS if each.id == name), None)
    if found is None:
        raise UsageError(f"{name}: expected one of {', '.join(each.id for each in INCIDENTS)}.")
    return found


def usual_devices(name: str) -> int:
    """Return how many devices a drill of the incident has telemetry of where nobody says; 0 where it has none of any size.

    Raises UsageError for an incident that does not exist.
    """
    return USUAL_DEVICES if incident(name).telemetry is not None else 0


def build(name: str, seed: int, folder: Path, *, devices: int = 0) -> Truth:
    """Write the drill into a folder, which must be empty or absent, and return its truth. Raises UsageError.

    `devices` adds the telemetry of so many, to an incident that has it in any size.
    """
    chosen = incident(name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: expected an empty or absent folder, found something there.")
    hunted = _telemetry(chosen, seed, devices) if devices else None
    built = chosen.build(seed)
    try:
        write_folder(built.files, folder)
        if hunted is None:
            return built.truth
        for path, content in hunted.files():
            write_folder({path: content}, folder)
        truth = structs.replace(built.truth, hunt=hunted.truth())
        (folder / truths.TRUTH_FILE).write_bytes(truths.encode(truth))
    except OSError as error:
        raise UsageError(f"{folder}: expected a folder that can be written, found: {error.strerror}.") from error
    return truth


def _telemetry(chosen: Incident, seed: int, devices: int) -> Telemetry:
    if chosen.telemetry is None:
        raise UsageError(f"--devices {devices}: expected an incident with telemetry of any size, found {chosen.id}.")
    try:
        return chosen.telemetry(seed, devices)
    except ValueError as error:
        raise UsageError(f"--devices {devices}: expected {error}.") from error


def read_truth(folder: Path) -> Truth:
    """Return the truth of a drill that was built into a folder. Raises UsageError."""
    path = folder / truths.TRUTH_FILE
    try:
        return truths.decode(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: expected the truth of a drill, found: {error.strerror}.") from error
    except msgspec.DecodeError as error:
        raise UsageError(f"{path}: expected the truth of a drill, found: {error}.") from error


def next_command(truth: Truth, folder: Path) -> list[str]:
    """Return the command that looks into what was built, in parts."""
    releases = {each.role: folder / each.path for each in truth.releases}
    if truth.hunt is not None and truth.scope is None:
        run = [f"unrig investigate {releases['rigged']}", f"--baseline {releases['baseline']}"]
        more = [f"--telemetry {folder / truth.hunt.telemetry}", f"--policy {folder / truth.policy}"]
        return [*run, *more, f"--case {folder}-case"]
    if truth.hunt is None or truth.scope is None or truth.claims is None or truth.respond is None:
        more = [f"--policy {folder / truth.policy}"]
        return [f"unrig vet {releases['rigged']}", f"--baseline {releases['baseline']}", *more]
    return [
        f"unrig investigate {releases['rigged']}",
        f"--baseline {releases['baseline']}",
        f"--telemetry {folder / truth.hunt.telemetry}",
        f"--inventory {folder / truth.scope.inventory}",
        f"--sbom {folder / truth.scope.sboms}",
        f"--claims {folder / truth.claims.claims}",
        f"--fix {folder / truth.respond.fix}",
        f"--policy {folder / truth.policy}",
        f"--case {folder}-case",
    ]


def examine(folder: Path, truth: Truth, *, jobs: int | None = None) -> Answers:
    """Run every verb that the drill has something for; the case is made beside it and thrown away."""
    vets = _vetted(folder, truth, jobs)
    if truth.hunt is None:
        return Answers(vets=vets)
    leads = vets["rigged"].leads
    roster = [device.id for device in truth.hunt.devices]
    return Answers(
        vets=vets,
        hunt=api.hunt([folder / truth.hunt.telemetry], leads=leads, known_devices=roster, jobs=jobs),
        twin=_twin(folder, truth.hunt, leads, roster, jobs),
        run=_investigated(folder, truth, truth.hunt, jobs),
    )


def _twin(
    folder: Path, truth: HuntTruth, leads: tuple[Lead, ...], roster: list[str], jobs: int | None
) -> HuntResult | None:
    if not truth.twin:
        return None
    return api.hunt([folder / truth.twin], leads=leads, known_devices=roster, jobs=jobs)


def _vetted(folder: Path, truth: Truth, jobs: int | None) -> dict[str, VetResult]:
    """Return what is said of each release beside the one it is compared with, and by itself."""
    paths, policy = {each.role: folder / each.path for each in truth.releases}, folder / truth.policy
    vets = {}
    for each in truth.releases:
        known = [paths[each.beside]] if each.beside else []
        vets[each.role] = api.vet(paths[each.role], baselines=known, policy=policy, jobs=jobs)
        if each.alone:
            alone = vets[each.role] if not known else api.vet(paths[each.role], policy=policy, jobs=jobs)
            vets[ALONE.format(each.role)] = alone
    return vets


def _investigated(folder: Path, truth: Truth, hunted: HuntTruth, jobs: int | None) -> Investigated | None:
    """Return the whole loop's results; None where the drill has no inventory, claims and repaired build."""
    if not (truth.scope and truth.claims and truth.respond):
        return None
    paths = {each.role: folder / each.path for each in truth.releases}
    with TemporaryDirectory(prefix="unrig-drill-") as scratch:
        return api.investigate(
            paths["rigged"],
            Path(scratch) / "case",
            baselines=[paths["baseline"]],
            telemetry=[folder / hunted.telemetry],
            inventory=[folder / truth.scope.inventory],
            sboms=[folder / truth.scope.sboms],
            claims=[folder / truth.claims.claims],
            fix=folder / truth.respond.fix,
            policy=folder / truth.policy,
            jobs=jobs,
        )
