"""`unrig doctor`: what is installed, what is missing, how to get it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

import click

from unrig.cli import exit_codes

if TYPE_CHECKING:
    from unrig.cli.doctor_checks import Check, DoctorReport

MARKS = {"ok": "ok     ", "note": "note   ", "missing": "MISSING", "bad": "BAD    "}


@click.command("doctor")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(shape: str) -> int:
    """Say what is installed, what is missing, how to get it.

    A sealed worker tries to break out of the sandbox, once in every way, and each result is shown. Exit 3 if
    something is missing.
    """
    import msgspec

    report = examined()
    if shape == "json":
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    else:
        click.echo("\n".join(lines(report)))
    return exit_codes.OK if report.complete else exit_codes.INCOMPLETE


def examined() -> DoctorReport:
    """Run the sandbox's self test and every check, and return what they say."""
    from unrig.cli import doctor_checks
    from unrig.sandbox.pinned import Absent
    from unrig.sandbox.program_selftest import program_selftest
    from unrig.sandbox.selftest import SelfTest, selftest

    tried: SelfTest | OSError
    program: SelfTest | Absent | OSError
    try:
        tried = selftest()
    except OSError as error:  # no process or descriptor left to start a worker with
        tried = error
    try:
        program = program_selftest()
    except (Absent, OSError) as error:
        program = error
    return doctor_checks.examine(tried, program)


def lines(report: DoctorReport) -> Iterator[str]:
    """Yield the report for a person: area by area, each remedy below what it mends."""
    from unrig.report.layout import safe

    yield f"unrig {report.unrig_version}"
    for area, checks in groupby(report.checks, key=lambda check: check.area):
        yield f"\n{area}"
        for check in checks:
            yield f"  {MARKS[check.state]}  {check.name:<16} {safe(check.found)}"
            if check.remedy:
                yield f"           do this: {safe(check.remedy)}"
    yield f"\n{_summary(report.checks)}"


def _summary(checks: tuple[Check, ...]) -> str:
    wrong = [check for check in checks if check.state in ("missing", "bad")]
    return f"{len(wrong)} of {len(checks)} things are missing or bad" if wrong else "nothing is missing"
