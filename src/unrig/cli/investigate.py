"""`unrig investigate`: vet, hunt, scope, case and respond in one run."""

from __future__ import annotations

from pathlib import Path

import click

from unrig.cli import exit_codes, output
from unrig.cli.shared import Shared, shared_flags


@click.command("investigate")
@click.argument("release")
@click.option(
    "--case", "folder", required=True, type=click.Path(path_type=Path), help="The case folder; made if absent."
)
@click.option("--baseline", multiple=True, help="A known-good release to compare with: a file, folder, purl or name.")
@click.option("--telemetry", multiple=True, help="Telemetry: files, folders, globs.")
@click.option("--device", multiple=True, help="A device that should have telemetry; one without is a blind spot.")
@click.option("--inventory", multiple=True, help="Inventories: CSV files.")
@click.option("--sbom", multiple=True, help="CycloneDX SBOMs.")
@click.option("--claims", multiple=True, type=click.Path(path_type=Path), help="Claims files (TOML).")
@click.option("--fix", help="The build that shall replace the rigged one.")
@shared_flags
def command(
    *,
    release: str,
    folder: Path,
    baseline: tuple[str, ...],
    telemetry: tuple[str, ...],
    device: tuple[str, ...],
    inventory: tuple[str, ...],
    sbom: tuple[str, ...],
    claims: tuple[Path, ...],
    fix: str | None,
    shared: Shared,
) -> int:
    """Was it rigged, where has it run, who has it, what happened, what to do - in one run.

    Every step is kept in the case folder; a run that was interrupted goes on where it stopped.
    """
    from unrig import api

    output.check(shared, output.Takes(packs=True))
    with output.watched(shared) as report:
        done = api.investigate(
            release,
            folder,
            baselines=baseline,
            telemetry=telemetry,
            inventory=inventory,
            sboms=sbom,
            claims=claims,
            fix=fix,
            known_devices=device,
            policy=shared.policy,
            packs=shared.pack,
            jobs=shared.jobs,
            report=report,
        )
    level = shared.fail_on or api.fail_level(shared.policy, release)
    codes = [exit_codes.of_vet(done.vet, level), exit_codes.of_respond(done.respond)]
    if done.hunt is not None:
        codes.append(exit_codes.of_hunt(done.hunt, level))
    if done.scope is not None:
        codes.append(exit_codes.of_scope(done.scope))
    output.deliver_all(done, shared, folder=str(folder))
    return exit_codes.worst(tuple(codes))
