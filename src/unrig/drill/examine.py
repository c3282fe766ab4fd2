"""Sitting the exam: a built drill, put before the verbs as a user would, and what they answered."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from msgspec import Struct

from unrig import api
from unrig.drill.build import truth as truths
from unrig.drill.build.folder import write_folder
from unrig.drill.build.truth import Incident, Truth
from unrig.drill.incidents import INCIDENTS
from unrig.loop.investigate import Investigated
from unrig.model.errors import UsageError
from unrig.model.results import HuntResult, VetResult


class Answers(Struct, frozen=True, kw_only=True):
    """What the verbs said of a drill."""

    vets: Mapping[str, VetResult]
    """By role of the release, each beside the release before; the rigged one by itself as `rigged alone`."""
    hunt: HuntResult
    twin: HuntResult
    """Of the fleet on which nothing happened, with the same leads."""
    run: Investigated


ALONE = "rigged alone"


def incident(name: str) -> Incident:
    """Return the incident of that name. Raises UsageError."""
    found = next((each for each in INCIDENTS if each.id == name), None)
    if found is None:
        raise UsageError(f"{name}: expected one of {', '.join(each.id for each in INCIDENTS)}.")
    return found


def build(name: str, seed: int, folder: Path) -> Truth:
    """Write the drill into a folder, which must be empty or absent, and return its truth. Raises UsageError."""
    chosen = incident(name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: expected an empty or absent folder, found something there.")
    built = chosen.build(seed)
    try:
        write_folder(built.files, folder)
    except OSError as error:
        raise UsageError(f"{folder}: expected a folder that can be written, found: {error.strerror}.") from error
    return built.truth


def read_truth(folder: Path) -> Truth:
    """Return the truth of a drill that was built into a folder. Raises UsageError."""
    path = folder / truths.TRUTH_FILE
    try:
        return truths.decode(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: expected the truth of a drill, found: {error.strerror}.") from error
    except msgspec.DecodeError as error:
        raise UsageError(f"{path}: expected the truth of a drill, found: {error}.") from error


def examine(folder: Path, truth: Truth, *, jobs: int | None = None) -> Answers:
    """Run every verb over the drill in a folder; the case is made beside it and thrown away."""
    roles = {each.role: folder / each.path for each in truth.releases}
    policy = folder / truth.policy
    vets = {
        role: api.vet(path, baselines=() if role == "baseline" else [roles["baseline"]], policy=policy, jobs=jobs)
        for role, path in roles.items()
    }
    vets[ALONE] = api.vet(roles["rigged"], policy=policy, jobs=jobs)
    leads = vets["rigged"].leads
    roster = [device.id for device in truth.hunt.devices]
    with TemporaryDirectory(prefix="unrig-drill-") as scratch:
        run = api.investigate(
            roles["rigged"],
            Path(scratch) / "case",
            baselines=[roles["baseline"]],
            telemetry=[folder / truth.hunt.telemetry],
            inventory=[folder / truth.scope.inventory],
            sboms=[folder / truth.scope.sboms],
            claims=[folder / truth.claims.claims],
            fix=folder / truth.respond.fix,
            policy=policy,
            jobs=jobs,
        )
    return Answers(
        vets=vets,
        hunt=api.hunt([folder / truth.hunt.telemetry], leads=leads, known_devices=roster, jobs=jobs),
        twin=api.hunt([folder / truth.hunt.twin], leads=leads, known_devices=roster, jobs=jobs),
        run=run,
    )
