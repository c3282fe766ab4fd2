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
BY_DEVICE: Needs = tuple({name: frozenset({"device", column})} for name, column in CONTACTS.items())


def contacts(tables: Tables) -> ir.Table:
    """Return every contact that names a host, with program, the file name of image; both may be null.

    Columns: device, user, image, program, host, time, source, record, offset.
    """
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    parts = [
        tables[name].select("device", "user", "image", "time", "source", "record", "offset", host=tables[name][column])
        for name, column in CONTACTS.items()
    ]
    every = ibis.union(*parts)
    named = every.filter(every.host.notnull())
    return named.mutate(program=file_name(named.image))
