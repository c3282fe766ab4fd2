"""`unrig vet`: was this release rigged?"""

from __future__ import annotations

from pathlib import Path

import click

from unrig.cli import exit_codes, output
from unrig.cli.shared import Shared, shared_flags


@click.command("vet")
@click.argument("release", required=False)
@click.option("--baseline", multiple=True, help="A known-good release to compare with: a file, folder, purl or name.")
@click.option("--upstream", multiple=True, help="The release of a framework or component that this one contains.")
@click.option("--mirror", multiple=True, help="The same release from another place: does it differ?")
@click.option(
    "--crl", multiple=True, type=click.Path(path_type=Path), help="A certificate revocation list. Repeatable."
)
@click.option(
    "--again", is_flag=True, help="Judge earlier results by today's rules; all of them without RELEASE. Opens nothing."
)
@shared_flags
def command(
    *,
    release: str | None,
    baseline: tuple[str, ...],
    upstream: tuple[str, ...],
    mirror: tuple[str, ...],
    crl: tuple[Path, ...],
    again: bool,
    shared: Shared,
) -> int:
    """Was this release rigged?

    RELEASE is a file, a folder, `-` for standard input, an https address or a purl
    (pkg:pypi/PyQt5-Qt5@5.15.2?platform=win_amd64). It is read, never run or installed.
    """
    from unrig import api
    from unrig.cli.again import judge_again
    from unrig.model.errors import UsageError
    from unrig.report.render import FORMATS

    if again:
        if baseline or upstream or mirror:
            raise UsageError("--again: a result is judged beside what it was compared with; vet without --again.")
        return judge_again(release, crl, shared)
    if release is None:
        raise click.UsageError("Missing argument 'RELEASE'.")
    output.check(shared, output.Takes(formats=FORMATS, packs=True))
    with output.watched(shared) as report:
        result = api.vet(
            release,
            baselines=baseline,
            upstreams=upstream,
            mirrors=mirror,
            policy=shared.policy,
            crls=crl,
            packs=shared.pack,
            jobs=shared.jobs,
            report=report,
        )
    fail_on = shared.fail_on or api.fail_level(shared.policy, release)
    output.deliver(result, shared, fail_on)
    return exit_codes.of_vet(result, fail_on)
