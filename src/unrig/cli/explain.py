"""`unrig explain`: what one rule or analytic means, from its own file."""

from __future__ import annotations

import importlib
import sys

import click

from unrig.cli import exit_codes
from unrig.model.errors import UsageError


@click.command("explain")
@click.argument("rule", required=False)
def command(rule: str | None) -> int:
    """Print what a rule, analytic or lead sees, why it matters, what it cannot see; without RULE, list all."""
    units = _units()
    if rule is None:
        for name, unit in sorted(units.items()):
            click.echo(f"{name:<32} {unit[0]}")
        return exit_codes.OK
    if rule not in units:
        near = ", ".join(sorted(name for name in units if name.split("-")[0] in rule or rule in name)) or "none alike"
        raise UsageError(
            f"{rule}: expected the id of a rule or analytic, found none; {near}. `unrig explain` lists all."
        )
    click.echo(f"{rule}\n\n{units[rule][1]}")
    return exit_codes.OK


def _units() -> dict[str, tuple[str, str]]:
    """Return the first line and the whole docstring of each unit's module, by the unit's id."""
    found: dict[str, tuple[str, str]] = {}
    for package, tuple_name, function in (
        ("unrig.vet.detect", "RULES", "check"),
        ("unrig.hunt.analytics", "ANALYTICS", "rows"),
        ("unrig.hunt.leads", "LEAD_KINDS", "rows"),
    ):
        for unit in getattr(importlib.import_module(package), tuple_name):
            text = (sys.modules[getattr(unit, function).__module__].__doc__ or "").strip()
            found[unit.id] = (text.splitlines()[0], text)
    return found
