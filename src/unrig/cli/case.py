"""`unrig case`: what happened, in what order, by whom?"""

from __future__ import annotations

from pathlib import Path

import click

from unrig.cli import exit_codes, output
from unrig.cli.shared import Shared, shared_flags


@click.command("case")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--claims", multiple=True, type=click.Path(path_type=Path), help="A claims file (TOML): who said what.")
@click.option("--known-claims", help="Public claims that unrig carries, by name; `list` names them.")
@click.option(
    "--verify", is_flag=True, help="Check that nothing in the case changed since it was written; exit 1 if so."
)
@click.option("--export", "export", type=click.Choice(["stix"]), help="Print the case as STIX 2.1.")
@shared_flags
def command(
    *,
    folder: Path,
    claims: tuple[Path, ...],
    known_claims: str | None,
    verify: bool,
    export: str | None,
    shared: Shared,
) -> int:
    """Tell what happened, in what order, by whom.

    DIR is the case folder of `unrig investigate`, or a new one. The case is derived from the results in it and from
    what people said; a claim is always somebody's.
    """
    from unrig import api

    output.check(shared, output.Takes())
    if known_claims == "list":
        click.echo("\n".join(api.known_claims()))
        return exit_codes.OK
    if verify:
        changes = api.verify_case(folder)
        for sentence in changes:
            click.echo(sentence)
        for sentence in api.kept_artifacts(folder):
            click.echo(sentence)
        click.echo(f"{len(changes)} changes since the case was written")
        return exit_codes.FOUND if changes else exit_codes.OK
    result = api.case(folder, claims=claims, known_claims=known_claims or "")
    if export == "stix":
        if shared.redact:
            raise click.UsageError("--redact: expected without --export, which hands over the case as it is")
        click.echo(api.case_as_stix(folder).decode(), nl=False)
        return exit_codes.OK
    output.deliver_case(result, shared, folder)
    return exit_codes.OK
