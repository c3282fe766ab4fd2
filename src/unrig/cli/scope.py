"""`unrig scope`: who has it, who embeds it?"""

from __future__ import annotations

import click

from unrig.cli import exit_codes, output
from unrig.cli.shared import Shared, shared_flags


@click.command("scope")
@click.argument("inventory", nargs=-1)
@click.option(
    "--leads", multiple=True, help="What vet found: its JSON, a leads document, STIX or CSV; - reads it here."
)
@click.option("--sbom", multiple=True, help="CycloneDX SBOMs, or folders of them, to look for the component in.")
@shared_flags
def command(*, inventory: tuple[str, ...], leads: tuple[str, ...], sbom: tuple[str, ...], shared: Shared) -> int:
    """Who has it, who embeds it?

    INVENTORY is CSV files with a head line: device and product, and whatever else is known (version, platform, arch,
    customer, country, sha256). Only a key that tells the rigged thing from the good one makes a device affected.
    """
    from unrig import api

    output.check(shared, output.Takes())
    if not inventory and not sbom:
        raise click.UsageError("expected an inventory or --sbom, found neither")
    loaded = api.read_leads(leads)
    result = api.scope(inventory, sboms=sbom, leads=loaded.leads, jobs=shared.jobs)
    output.something_read(result)
    result = output.with_problems(result, loaded.problems)
    output.deliver(result, shared)
    return exit_codes.of_scope(result)
