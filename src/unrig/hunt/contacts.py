"""Which program contacted which host, from whatever kind of event says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.expressions import file_name
from unrig.hunt.kinds import Needs, Tables
from unrig.hunt.user_agents import program_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

CONTACTS = {"dns": "query", "http": "host", "network": "destination_host"}
"""Event class to the column that names the host."""
BY_IMAGE: Needs = tuple({name: frozenset({"device", "image", column})} for name, column in CONTACTS.items())
BY_PROGRAM: Needs = (*BY_IMAGE, {"http": frozenset({"device", "user_agent", "host"})})
"""A proxy names no program, but what the program calls itself."""
NAMES = CONTACTS | {"tls": "server_name"}
"""The same with what a network sensor sees of encrypted connections: no program, but the device."""
BY_DEVICE: Needs = tuple({name: frozenset({"device", column})} for name, column in NAMES.items())


def contacts(tables: Tables) -> ir.Table:
    """Return every contact that names a host, with image and user_agent, either of which may be null.

    Columns: device, user, image, user_agent, host, path (of a request, else null), time, source, record, offset. The name
    in a server's certificate counts as one more host.
    """
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    place = ("device", "user", "image", "time", "source", "record", "offset")
    parts = [
        tables[name].select(
            *place,
            host=tables[name][column],
            path=_or_null(tables[name], "url_path"),
            user_agent=_or_null(tables[name], "user_agent"),
        )
        for name, column in NAMES.items()
    ]
    tls = tables["tls"]
    certified = tls.certificate_subject.re_extract(r"cn=(\*\.)?([^,/]+)", 2)
    named_so = (certified == tls.server_name).fill_null(False)  # noqa: FBT003  (a value for SQL's COALESCE)
    behind = tls.filter(certified.length() > 0, ~named_so)
    parts.append(
        behind.select(*place, host=certified, path=_or_null(tls, "url_path"), user_agent=_or_null(tls, "user_agent"))
    )
    every = ibis.union(*parts)
    return every.filter(every.host.notnull())


def program(events: ir.Table) -> ir.StringValue:
    """Return the file name of the program that an event names, else what its user agent speaks for; null for neither."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    named = file_name(events.image)
    return ibis.coalesce(named, program_of(events.user_agent)) if "user_agent" in events.columns else named


def _or_null(events: ir.Table, column: str) -> ir.StringValue:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    return events[column] if column in events.columns else ibis.null("string")
