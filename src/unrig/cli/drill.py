"""`unrig drill`: inert incident replays with ground truth."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from unrig.cli import exit_codes

if TYPE_CHECKING:
    from unrig.drill.mark import Mark

SCORED = "1000-1019"
"""Twenty seeds that no test uses: tests stay below 1,000."""
NOTES = 20
DEVICES = click.option(
    "--devices",
    type=click.IntRange(0, 20_000),
    help="Telemetry of so many devices, where the drill has it of any size (default there: 200; 0 for none).",
)


@click.group("drill")
def command() -> None:
    """Rehearse on made-up incidents: nothing in them runs, and what is true of them is known."""


@command.command("list")
def list_all() -> int:
    """Print the incidents, one a line."""
    from unrig.drill.incidents import INCIDENTS

    for incident in INCIDENTS:
        click.echo(f"{incident.id}  {incident.title}")
    return exit_codes.OK


@command.command("build")
@click.argument("name")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Draws everything in the drill.")
@click.option("--to", "folder", required=True, type=click.Path(path_type=Path), help="An empty or absent folder.")
@DEVICES
def build(name: str, *, seed: int, folder: Path, devices: int | None) -> int:
    """Write the incident NAME: releases, and what else it has of telemetry, inventory, SBOMs, claims; and the truth."""
    from unrig.drill import examine

    truth = examine.build(name, seed, folder, devices=examine.usual_devices(name) if devices is None else devices)
    click.echo(f"built {name} of seed {seed} in {folder}: what is true of it stands in {folder / 'truth.json'}")
    click.echo("try: " + " \\\n       ".join(examine.next_command(truth, folder)))
    return exit_codes.OK


@command.command("score")
@click.argument("name")
@click.option("--seeds", default=SCORED, show_default=True, metavar="SEEDS", help="As 3, 1,5 or 1000-1019.")
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="Score a drill that was built here instead.")
@DEVICES
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", help="What to print.")
@click.option("--jobs", type=click.IntRange(1, 256), help="Sealed workers at a time (default: one for each core).")
@click.option("--verbose", "-v", is_flag=True, help="Print every miss and false alarm.")
def score(
    name: str, *, seeds: str, folder: Path | None, devices: int | None, form: str, jobs: int | None, verbose: bool
) -> int:
    """Put every verb before the incident NAME and compare with the truth; exit 1 below it."""
    import msgspec

    from unrig.drill import examine, session

    drawn = () if folder is not None else session.seeds(seeds)
    devices = examine.usual_devices(name) if devices is None else devices
    done = session.score(name, seeds=drawn, folder=folder, devices=devices, jobs=jobs, tell=_tell)
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(done), indent=2).decode())
    else:
        _table(done.marks, notes=None if verbose else NOTES)
    passed = all(mark.passed() for mark in done.marks)
    if form == "text":
        click.echo(f"{name}, {done.drills} drills: {'at the truth' if passed else 'below the truth'}")
    return exit_codes.OK if passed else exit_codes.FOUND


def _tell(sentence: str) -> None:
    """Say on a terminal how far it is."""
    if sys.stderr.isatty():
        click.echo(sentence, err=True)


def _table(marks: tuple[Mark, ...], notes: int | None) -> None:
    width = max(len(each.question) for each in marks)
    click.echo(f"{'question'.ljust(width)}  {'found':>6} {'of':>6} {'false':>6}")
    for mark in marks:
        sign = "" if mark.passed() else "  <"
        click.echo(f"{mark.question.ljust(width)}  {mark.found:>6} {mark.of:>6} {mark.false:>6}{sign}")
        for note in mark.notes[:notes]:
            click.echo(f"    {note}")
        if notes is not None and len(mark.notes) > notes:
            click.echo(f"    ... and {len(mark.notes) - notes} more (--verbose shows all)")
