"""Who opened which browser's stores, other than the browser that owns them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from unrig.data.browser_stores import Browser, browser_stores
from unrig.hunt.expressions import file_name, slashed
from unrig.hunt.kinds import Needs, Tables

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = (
    {"file": frozenset({"device", "image", "target"})},
    {"process": frozenset({"device", "image", "command_line"})},
)
IN_A_LINE = "[\"' ]*($|[\"' ])"
COPY = r"([ ._-]?(old|bak|backup|copy|tmp|temp|db|[0-9]+))*"
"""What a copy's name has behind the store's: browsers lock their stores while they run, so thieves read a copy."""


def foreign_opens(tables: Tables) -> ir.Table:
    """Return every time that a program opened, copied or named a store of a browser that is not its own.

    Columns: device, user, image, program, path, browser, kind, impostor (it bears the owner's name but stands
    elsewhere), time, source, record, offset.
    """
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    files, started = tables["file"], tables["process"]
    place = ("device", "user", "image", "time", "source", "record", "offset")
    paths, lines = slashed(files.target), slashed(started.command_line.lower())
    every = ibis.union(
        files.filter(files.target.notnull()).select(*place, path=paths, kind=_kind(paths, "$")),
        started.filter(started.command_line.notnull()).select(*place, path=lines, kind=_kind(lines, IN_A_LINE)),
    )
    browsers = browser_stores().browsers
    told = every.mutate(
        browser=_first_of(every.path, browsers, lambda each: _alternatives(each.folders)),
        home=slashed(every.image),
        program=file_name(every.image),
    )
    told = told.filter(told.browser.notnull(), told.kind.notnull(), told.image.notnull())
    own = _any_of(told, browsers, lambda each: told.home.re_search(_alternatives(each.homes)))
    named = _any_of(told, browsers, lambda each: told.program.isin(each.programs[:4]))
    return told.mutate(impostor=named).filter(~own).drop("home")


def _alternatives(parts: Iterable[str]) -> str:
    return "|".join(re.escape(part).replace(r"\ ", " ").replace(r"\-", "-") for part in parts)


def _first_of(path: ir.StringColumn, browsers: tuple[Browser, ...], pattern: Callable[[Browser], str]) -> ir.Value:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    return ibis.cases(*((path.re_search(pattern(each)), each.name) for each in browsers), else_=None)


def _kind(path: ir.StringColumn, end: str) -> ir.Value:
    """Return what a path's last part holds, be it the store or a copy of it; `end` is what may follow."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    names: dict[str, list[str]] = {}
    for files in browser_stores().files.values():
        for name, kind in files.items():
            names.setdefault(kind, []).append(name)
    branches = ((path.re_search(f"/({_alternatives(each)}){COPY}{end}"), kind) for kind, each in names.items())
    return ibis.cases(*branches, else_=None)


def _any_of(
    told: ir.Table, browsers: tuple[Browser, ...], holds: Callable[[Browser], ir.BooleanValue]
) -> ir.BooleanValue:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    return ibis.or_(*((told.browser == each.name) & holds(each) for each in browsers))
