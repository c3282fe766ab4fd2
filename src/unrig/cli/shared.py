"""The flags every verb shares, and what they add up to."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
from msgspec import Struct

from unrig.model.levels import Severity

Command = TypeVar("Command", bound=Callable[..., object])


class Shared(Struct, frozen=True, kw_only=True):
    """The shared flags as given."""

    output: tuple[Path, ...] = ()
    format: str = "text"
    policy: Path | None = None
    pack: Path | None = None
    fail_on: Severity | None = None
    redact: bool = False
    jobs: int | None = None
    quiet: bool = False
    verbose: bool = False
    color: bool = True


def shared_flags(function: Command) -> Command:
    """Add the shared flags; the function gets them as one `shared: Shared`."""

    @functools.wraps(function)
    def wrapped(**values: object) -> object:
        own = {name: value for name, value in values.items() if name not in _NAMES}
        return function(shared=_collect(values), **own)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]  # click keeps the signature but for the flags


def _collect(values: dict[str, object]) -> Shared:
    import os

    level = values["fail_on"]
    colored = not values["no_color"] and not os.environ.get("NO_COLOR") and sys.stdout.isatty()
    return Shared(
        output=tuple(Path(str(path)) for path in _listed(values["output"])),
        format=str(values["format"]),
        policy=Path(str(values["policy"])) if values["policy"] else None,
        pack=Path(str(values["pack"])) if values["pack"] else None,
        fail_on=Severity(str(level)) if level else None,
        redact=bool(values["redact"]),
        jobs=int(str(values["jobs"])) if values["jobs"] else None,
        quiet=bool(values["quiet"]),
        verbose=bool(values["verbose"]),
        color=colored,
    )


def _listed(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, tuple | list) else ()


_NAMES = frozenset({"output", "format", "policy", "pack", "fail_on", "redact", "jobs", "quiet", "verbose", "no_color"})
_OPTIONS = (
    click.option(
        "--output",
        "-o",
        multiple=True,
        type=click.Path(path_type=Path),
        help="Write the result to this file too; its suffix sets the format: .json .jsonl .html, for vet also .sarif "
        ".cdx.json .stix.json .csv .md and .xml (JUnit). Repeatable.",
    ),
    click.option(
        "--format", default="text", metavar="FORMAT", help="What to print: text (default), or a suffix of --output."
    ),
    click.option(
        "--policy",
        type=click.Path(path_type=Path),
        help="The policy file; else unrig.toml here or in your configuration.",
    ),
    click.option("--pack", type=click.Path(path_type=Path), help="A folder with rule packs."),
    click.option(
        "--fail-on",
        type=click.Choice([s.value for s in Severity if s is not Severity.INFO]),
        help="Exit with 1 from this severity on (default: high, or the policy's).",
    ),
    click.option("--redact", is_flag=True, help="Write no name of a device, user or customer, and no path of yours."),
    click.option("--jobs", type=click.IntRange(1, 256), help="Sealed workers at a time (default: one for each core)."),
    click.option("--quiet", "-q", is_flag=True, help="Print the verdict line only."),
    click.option("--verbose", "-v", is_flag=True, help="Print all evidence."),
    click.option("--no-color", is_flag=True, help="No colours (NO_COLOR does the same)."),
)
