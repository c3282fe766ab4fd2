"""Which program contacted which host, from whatever kind of event says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.expressions import file_name
from unrig.hunt.kinds import Needs, Tables

if TYPE_CHECKING:
    import ibis.expr.types as ir

CONTACTS = {"dns": "query", "http": "host", "network": "destination_host"}
"""Event class to the column that names the host."""
BY_PROGRAM: Needs = tuple({name: frozenset({"device", "image", column})} for name, column in CONTACTS.items())
NAMES = CONTACTS | {"tls": "server_name"}
"""The same with what a network sensor sees of encrypted connections: no program, but the device."""
BY_DEVICE: Needs = tuple({name: frozenset({"device", column})} for name, column in NAMES.items())


def contacts(tables: Tables) -> ir.Table:
    """Return every contact that names a host, with program, the file name of image; both may be null.

    Columns: device, user, image, program, host, path (of a request, else null), time, source, record, offset. The name
    in a server's certificate counts as one more host.
    """
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    place = ("device", "user", "image", "time", "source", "record", "offset")
    parts = [
        tables[name].select(*place, host=tables[name][column], path=_path(tables[name]))
        for name, column in NAMES.items()
    ]
    tls = tables["tls"]
    certified = tls.certificate_subject.re_extract(r"cn=(\*\.)?([^,/]+)", 2)
    named_so = (certified == tls.server_name).fill_null(False)  # noqa: FBT003  (a value for SQL's COALESCE)
    parts.append(tls.filter(certified.length() > 0, ~named_so).select(*place, host=certified, path=_path(tls)))
    every = ibis.union(*parts)
    named = every.filter(every.host.notnull())
    return named.mutate(program=file_name(named.image))


def _path(events: ir.Table) -> ir.StringValue:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    return events.url_path if "url_path" in events.columns else ibis.null("string")
