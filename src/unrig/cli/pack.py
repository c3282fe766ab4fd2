"""`unrig pack`: rule packs, locked by SHA-256."""

from __future__ import annotations

from pathlib import Path

import click

from unrig.cli import exit_codes


@click.group("pack")
def command() -> None:
    """Keep rules and names from elsewhere; what they find is marked as hindsight."""


@command.command("add")
@click.argument("path", type=click.Path(path_type=Path))
def add(path: Path) -> int:
    """Copy a pack and lock it; the end of its name tells its kind (docs/reference/packs.md)."""
    from unrig import api
    from unrig.report.layout import safe

    pack = api.add_pack(path)
    click.echo(safe(f"added {pack.name} {pack.version}: {pack.sha256}"))
    return exit_codes.OK


@command.command("list")
def list_all() -> int:
    """Print all packs, one a line."""
    from unrig import api
    from unrig.report.layout import safe

    for pack in api.packs():
        click.echo(safe(f"{pack.name}  {pack.kind}  {pack.version}  {pack.licence}  {pack.sha256}"))
    return exit_codes.OK


@command.command("verify")
def verify() -> int:
    """Check that every pack is as it was locked; exit 1 if one is not."""
    from unrig import api

    changed = api.changed_packs()
    for sentence in changed:
        click.echo(sentence, err=True)
    click.echo(f"{len(api.packs())} packs, {len(changed)} changed")
    return exit_codes.FOUND if changed else exit_codes.OK
