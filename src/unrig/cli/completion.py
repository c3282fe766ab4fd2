"""`unrig completion`: what a shell needs to complete verbs and flags."""

from __future__ import annotations

import click

from unrig.cli import exit_codes


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print the completion script of a shell: eval "$(unrig completion bash)"."""
    from click.shell_completion import get_completion_class

    from unrig.cli.root import command as root

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"{shell}: expected bash, zsh or fish")
    click.echo(found(root, {}, "unrig", "_UNRIG_COMPLETE").source())
    return exit_codes.OK
