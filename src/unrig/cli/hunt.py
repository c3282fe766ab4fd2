"""`unrig hunt`: where has it run, and what has it done?"""

from __future__ import annotations

from pathlib import Path

import click

from unrig.cli import exit_codes, output
from unrig.cli.shared import Shared, shared_flags


def _somewhere(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Ask for telemetry where no engine is named that has it."""
    if not given and not context.params.get("engine"):
        raise click.MissingParameter(ctx=context, param=parameter)
    return given


@click.command("hunt")
@click.argument("telemetry", nargs=-1, callback=_somewhere)
@click.option(
    "--leads", multiple=True, help="What vet found: its JSON, a leads document, STIX or CSV; - reads it here."
)
@click.option("--device", multiple=True, help="A device that should have telemetry; one without is a blind spot.")
@click.option(
    "--triage",
    type=click.Path(path_type=Path),
    help="What you decided about earlier sightings (true or benign, reason, owner, expires), in TOML.",
)
@click.option("--keep", metavar="DIR", help="Keep the tables there: an unchanged file is not read again.")
@click.option(
    "--engine",
    metavar="URL",
    default="",
    is_eager=True,
    help="Ask a database where it is: duckdb, postgres, clickhouse or spark.",
)
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    help="What the database's tables and columns hold, in TOML; else those named like event classes are read.",
)
@shared_flags
def command(
    *,
    telemetry: tuple[str, ...],
    leads: tuple[str, ...],
    device: tuple[str, ...],
    triage: Path | None,
    keep: str | None,
    engine: str,
    mapping: Path | None,
    shared: Shared,
) -> int:
    """Where has it run, and what has it done?

    TELEMETRY is files, folders and globs, told by content. `unrig vet A --format json | unrig hunt LOGS --leads -`
    hunts for what vet found; without leads, for what no release should do.

    TELEMETRY may also be the address of a database (duckdb:///f.db, postgres://host/name, clickhouse:///folder,
    spark://host:7077), as may --engine: it is asked where it is and never changed. Passwords come from the environment
    (PGPASSWORD).
    """
    from unrig import api
    from unrig.report.render import HUNT_FORMATS

    output.check(shared, output.Takes(formats=HUNT_FORMATS, packs=True))
    loaded = api.read_leads(leads)
    with output.watched(shared) as report:
        result = api.hunt(
            telemetry,
            leads=loaded.leads,
            known_devices=device,
            triage=triage,
            keep=keep,
            engine=engine,
            mapping=mapping,
            packs=shared.pack,
            jobs=shared.jobs,
            report=report,
        )
    output.something_read(result)
    result = output.with_problems(result, loaded.problems)
    output.deliver(result, shared)
    return exit_codes.of_hunt(result, shared.fail_on or api.fail_level(shared.policy))
