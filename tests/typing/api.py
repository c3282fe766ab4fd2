"""The public API as a user types it. mypy checks this file; `tests/test_api.py` runs it."""

# ruff: noqa: T201  (users print)
from __future__ import annotations

from pathlib import Path

from unrig import api
from unrig.model.levels import VerdictWord
from unrig.model.results import CaseResult, HuntResult, RespondResult, ScopeResult, VetResult


def vet(release: Path, baseline: str) -> VerdictWord:
    result: VetResult = api.vet(release, baselines=[baseline, release], crls=(), jobs=2)
    for finding in result.findings:
        names: list[str] = [artifact.path for artifact in finding.artifacts]
        print(finding.rule, finding.severity, names, finding.summary)
    return result.verdict


def whole_loop(release: Path, telemetry: list[Path], inventory: Path, folder: Path) -> None:
    vetted: VetResult = api.vet(str(release))
    earlier: list[VetResult] = [one.after for one in api.judge_again(release, policy=None)]
    print(len(earlier))
    hunted: HuntResult = api.hunt(telemetry, leads=vetted.leads, known_devices=["pc-1"])
    scoped: ScopeResult = api.scope([inventory], leads=vetted.leads, fixed=[vetted])
    devices: set[str] = {sighting.device for sighting in hunted.sightings}
    print(devices, [exposure.devices for exposure in scoped.exposures])
    done = api.investigate(release, folder, telemetry=telemetry, inventory=[inventory], policy=None)
    told: CaseResult = api.case(folder)
    answered: RespondResult = api.respond(folder, fix=release)
    bundle: bytes = api.case_as_stix(folder)
    changes: tuple[str, ...] = api.verify_case(folder)
    print(done.vet.verdict, told.stages, answered.documents, len(bundle), changes)


def stores(release: Path, pack: Path) -> None:
    added: VetResult = api.add_baseline(release)
    for kept in api.baselines():
        print(kept.release.name, kept.location, kept.added.isoformat(), kept.revoked)
    void: list[VerdictWord] = [one.before.verdict for one in api.revoke_baseline(added.release.name, "a reason")]
    gone: str = api.remove_baseline(added.release.name).sha256
    print(void, gone, api.add_pack(pack).sha256, api.packs(), api.changed_packs(), api.known_claims())
