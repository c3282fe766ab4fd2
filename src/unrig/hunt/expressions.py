"""The small Ibis expressions that analytics and lead kinds share. Nothing here runs a query."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from unrig.data.programs import programs
from unrig.model.lead import Lead

if TYPE_CHECKING:
    import ibis.expr.types as ir

SECONDS_A_DAY = 86400
SYSTEM_FOLDERS = (
    r"^[a-z]:/windows/(system32|syswow64|servicing|winsxs|systemapps)/"
    r"|^[a-z]:/programdata/microsoft/windows defender/|^/system/library/|^/usr/libexec/"
)


def file_name(path: ir.StringColumn) -> ir.StringColumn:
    """Return what follows the last slash or backslash."""
    return path.re_extract(r"[^\\/]*$", 0)


def folder(path: ir.StringColumn) -> ir.StringColumn:
    """Return what stands before the last slash or backslash; a bare name is its own folder."""
    return path.re_replace(r"[\\/][^\\/]*$", "")


def slashed(path: ir.StringColumn) -> ir.StringColumn:
    """Return a path with slashes for backslashes, so that one pattern reads paths of all systems."""
    return path.replace("\\", "/")


def of_the_system(image: ir.StringColumn) -> ir.BooleanValue:
    """Return whether a program is the system's own and does only its own work.

    The folders are those where only the system and its protection install programs; what stands there and does what
    others ask of it (interpreters, copiers) does not count.
    """
    lists = programs()
    return slashed(image).re_search(SYSTEM_FOLDERS) & file_name(image).notin([*lists.interpreters, *lists.copiers])


def days_between(earlier: ir.TimestampColumn, later: ir.TimestampColumn) -> ir.FloatingColumn:
    """Return the days, with fractions, from one time to another."""
    return (later.epoch_seconds() - earlier.epoch_seconds()) / float(SECONDS_A_DAY)


def calendar_days(earlier: ir.TimestampColumn, later: ir.TimestampColumn) -> ir.FloatingColumn:
    """Return the midnights (UTC) from one time to another: machines are switched on at another minute every day."""
    first, second = (time.epoch_seconds() / float(SECONDS_A_DAY) for time in (earlier, later))
    return (second.floor() - first.floor()).cast("float64")


def below(host: ir.StringColumn, suffixes: Iterable[str]) -> ir.BooleanColumn:
    """Return whether a host is one of the names or a name below one: by whole labels, never by substring."""
    named = "|".join(re.escape(suffix).replace(r"\-", "-") for suffix in suffixes)
    return host.re_search(rf"(^|\.)({named})\.*$")


def parameters(columns: dict[str, Sequence[Any]], times: Iterable[str] = (), flags: Iterable[str] = ()) -> ir.Table:
    """Return a table of what leads ask for: texts, but for naive-UTC times in `times` and Booleans in `flags`."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)
    import pyarrow as pa  # noqa: PLC0415  (same)

    kinds = {name: pa.timestamp("us") for name in times} | {name: pa.bool_() for name in flags}
    arrays = {
        name: pa.array(
            [naive(value) if isinstance(value, dt.datetime) else value for value in values],
            kinds.get(name, pa.string()),
        )
        for name, values in columns.items()
    }
    return ibis.memtable(pa.table(arrays))


def asked(leads: Sequence[Lead], columns: dict[str, Sequence[Any]]) -> ir.Table:
    """Return a table of what leads ask for, one row each: of, since, until and the columns given."""
    own: dict[str, Sequence[Any]] = {
        "of": [lead.id for lead in leads],
        "since": [lead.window.since for lead in leads],
        "until": [lead.window.until for lead in leads],
    }
    return parameters(own | columns, times=("since", "until"))


def bare_name(path: str) -> str:
    """Return the last part of a path of any system, in lower case."""
    return path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1].strip().lower()


def wildcard(pattern: str) -> str:
    """Return a lead's pattern, in which `*` stands for any text, as a regular expression without regard to case."""
    return "(?i)" + ".*".join(re.escape(part).replace(r"\ ", " ").replace(r"\-", "-") for part in pattern.split("*"))


def naive(moment: dt.datetime) -> dt.datetime:
    """Return a moment in the form of the tables: UTC without saying so."""
    return moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment


def within(time: ir.TimestampColumn, since: ir.TimestampColumn, until: ir.TimestampColumn) -> ir.BooleanColumn:
    """Return whether a time lies in a lead's window; a null end is open."""
    return (since.isnull() | (time >= since)) & (until.isnull() | (time < until))
