"""`unrig serve`: a case in the browser, on loopback."""

from __future__ import annotations

from pathlib import Path

import click

from unrig.cli import exit_codes
from unrig.model.errors import FormatError, LimitError, UsageError


@click.command("serve")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address; any other is refused.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: any free one.")
def command(folder: Path, host: str, port: int) -> int:
    """Show a case in the browser, read-only, on this machine.

    DIR is a case folder. The printed address holds a secret, so that no other user of this machine can read the case;
    Ctrl-C ends it.
    """
    try:
        from unrig.web import case_page, server
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == "unrig":
            raise
        raise UsageError(
            f"unrig serve: expected the package {package} (extra web), found none. `unrig doctor` says how to get it."
        ) from error
    try:
        case_page.read_page(folder)
    except (FormatError, LimitError, OSError) as error:
        raise UsageError(f"{folder}: {error}. `unrig case {folder} --verify` says more.") from error
    server.serve(folder, host, port, say=lambda address: click.echo(f"the case is at {address}  (Ctrl-C ends it)"))
    return exit_codes.OK
