"""`unrig respond`: what must be sent, blocked, replaced?"""

from __future__ import annotations

from pathlib import Path

import click

from unrig.cli import exit_codes, output
from unrig.cli.shared import Shared, shared_flags


@click.command("respond")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--fix", help="The build that shall replace the rigged one: vetted before anybody is told to install it.")
@shared_flags
def command(*, folder: Path, fix: str | None, shared: Shared) -> int:
    """Say what must be sent, blocked, replaced.

    Writes drafts into DIR/derived, each checked by an independent tool: OpenVEX, a customer notice, Sigma rules.
    """
    from unrig import api

    output.check(shared, output.Takes())
    result = api.respond(folder, fix=fix, jobs=shared.jobs)
    output.deliver(result, shared, names=api.private_names(folder) if shared.redact else None)
    return exit_codes.of_respond(result)
