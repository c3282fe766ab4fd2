"""Earlier results judged again: `unrig vet --again`, and what `unrig baseline revoke` prints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unrig.cli import exit_codes, output
from unrig.cli.shared import Shared
from unrig.model.errors import UsageError
from unrig.model.levels import Severity, VerdictWord
from unrig.report import text_again
from unrig.report.text import console_of

if TYPE_CHECKING:
    from unrig.loop.rejudging import Rejudged


def judge_again(release: str | None, crls: tuple[Path, ...], shared: Shared) -> int:
    """Judge one earlier result again, or all of them; print what changed and return the exit code."""
    from unrig import api
    from unrig.report.render import FORMATS

    if release is None and (shared.format != "text" or shared.output):
        raise UsageError(
            "--again: expected a RELEASE with --format or --output; all results together are a table only."
        )
    output.check(shared, output.Takes(formats=FORMATS, packs=True))
    with output.watched(shared) as report:
        done = api.judge_again(
            release, policy=shared.policy, crls=crls, packs=shared.pack, jobs=shared.jobs, report=report
        )
    fail_on = shared.fail_on or api.fail_level(shared.policy)
    if not done:
        raise UsageError("--again: expected results of earlier runs, found none. Vet a release first.")
    if release is None or (shared.format == "text" and not shared.quiet):
        table(done, color=shared.color, quiet=shared.quiet)
    if release is not None:
        output.deliver(done[0].after, shared, fail_on)
    return exit_codes.worst(tuple(_code(one, fail_on) for one in done))


def _code(one: Rejudged, fail_on: Severity) -> int:
    """Return the code of one result; an alarm whose facts are gone is still one."""
    if not one.whole and one.before.verdict in (VerdictWord.RIGGED, VerdictWord.SUSPICIOUS):
        return exit_codes.FOUND
    return exit_codes.of_vet(one.after, fail_on)


def table(results: Sequence[Rejudged], *, color: bool, quiet: bool) -> None:
    """Print each result as it was and as it is now."""
    rows = [
        text_again.Again(
            release=one.before.release,
            before=one.before.verdict,
            now=one.after.verdict,
            because=one.because,
            whole=one.whole,
        )
        for one in results
    ]
    text_again.show(console_of(color=color), rows, quiet=quiet)
