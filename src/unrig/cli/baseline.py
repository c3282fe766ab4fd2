"""`unrig baseline`: the local store of known-good releases."""

from __future__ import annotations

import click

from unrig.cli import exit_codes


@click.group("baseline")
def command() -> None:
    """Keep the releases that others are compared with."""


@command.command("add")
@click.argument("release")
@click.option("--trust", type=click.Choice(["assumed", "vetted", "rebuilt"]), default="assumed", show_default=True)
def add(release: str, trust: str) -> int:
    """Vet a release and keep it as known good; one that is rigged or suspicious is refused."""
    from unrig import api
    from unrig.model.artifact import Trust

    result = api.add_baseline(release, trust=Trust(trust))
    click.echo(
        f"added {_named(result.release.name, result.release.version)}: {result.verdict}, {result.release.sha256}"
    )
    return exit_codes.OK if result.complete else exit_codes.INCOMPLETE


@command.command("list")
def list_all() -> int:
    """Print all baselines, one a line: name, version, trust, SHA-256, and why it was revoked."""
    from unrig import api

    for kept in api.baselines():
        revoked = f"  REVOKED: {kept.revoked}" if kept.revoked else ""
        named = _named(kept.release.name, kept.release.version)
        click.echo(f"{named}  {kept.release.trust}  {kept.release.sha256}{revoked}")
    return exit_codes.OK


@command.command("remove")
@click.argument("name")
def remove(name: str) -> int:
    """Forget a baseline by name, name@version or the start of its SHA-256."""
    from unrig import api

    release = api.remove_baseline(name)
    click.echo(f"removed {_named(release.name, release.version)}")
    return exit_codes.OK


@command.command("revoke")
@click.argument("name")
@click.option("--reason", required=True, help="Why it is no longer good; shown wherever it is named.")
def revoke(name: str, reason: str) -> int:
    """Mark a baseline as rigged or wrong: nothing is compared with it any more.

    What was vetted against it is judged anew without it, from what is kept of it: nothing is opened. Exit 1 where
    there is any such result: it no longer holds.
    """
    from unrig import api
    from unrig.cli.again import table

    void = api.revoke_baseline(name, reason)
    click.echo(f"revoked {name}: {reason}")
    if void:
        table(void, color=False, quiet=False)
    return exit_codes.FOUND if void else exit_codes.OK


def _named(name: str, version: str) -> str:
    return f"{name}@{version}" if version else name
