"""What the tables say once all is read: whose address it was, where a network sensor names only that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.data.events import columns_of
from unrig.hunt.engine import Telemetry
from unrig.hunt.kinds import Tables

if TYPE_CHECKING:
    import ibis.expr.types as ir

PRIVATE = r"^(10\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.|169\.254\.|f[cd][0-9a-f]{2}:|fe80:)"
"""Addresses of one's own network (RFC 1918, 3927, 4193): what a device may be called by. Others are not one's own."""


OWNERS = "owners"
"""The name under which the table of who had which address is put."""


def prepare(store: Telemetry) -> None:
    """Give a device to every row that can have one.

    A row without a device gets that of its source address, where on that day one device alone had it, as its own
    connections say; else the address itself, if it is a private one.
    """
    lacking = _lacking(store)
    if not lacking:
        return
    store.settle(OWNERS, "owners", lambda: _owners(store.tables["network"]))
    for name in lacking:
        _give_devices(store, name)


def _lacking(store: Telemetry) -> tuple[str, ...]:
    """Return the classes with rows that name an address and no device."""
    found = store.ask("nameless", lambda: _nameless(store.tables))
    return tuple(sorted(row["name"] for row in found.to_pylist() if row["rows"]))


def _nameless(tables: Tables) -> ir.Table:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    named = [name for name in tables if "source_ip" in columns_of(name) and name != "authentication"]
    return ibis.union(
        *(
            tables[name]
            .filter(tables[name].device.isnull(), tables[name].source_ip.notnull())
            .agg(rows=lambda found: found.count())
            .mutate(name=ibis.literal(name))
            for name in named
        )
    )


def _owners(connections: ir.Table) -> ir.Table:
    """Return which device had which address on which day (from midnight, UTC), where it was but one."""
    own = connections.filter(
        connections.device.notnull(),
        connections.source_ip.notnull(),
        connections.initiated.fill_null(True),  # noqa: FBT003
    )
    daily = own.group_by(address=own.source_ip, day=own.time.truncate("D")).agg(
        owner=own.device.min(), owners=own.device.nunique()
    )
    return daily.filter(daily.owners == 1).select("address", "day", "owner")


def _give_devices(store: Telemetry, name: str) -> None:
    store.replace(name, f"with devices {name}", lambda: _with_devices(store.tables[name], store.given(OWNERS)))


def _with_devices(events: ir.Table, owners: ir.Table) -> ir.Table:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    named = events.filter(events.device.notnull())
    nameless = events.filter(events.device.isnull())
    found = nameless.left_join(
        owners, [nameless.source_ip == owners.address, nameless.time.truncate("D") == owners.day]
    )
    private = ibis.ifelse(nameless.source_ip.re_search(PRIVATE), nameless.source_ip, ibis.null("string"))
    given = found.mutate(device=ibis.coalesce(found.owner, private)).select(*events.columns)
    return ibis.union(named, given)


def devices_of(store: Telemetry) -> tuple[str, ...]:
    """Return the ids of all devices that any row names, sorted."""
    found = store.ask("devices", lambda: _devices(store.tables))
    return tuple(name for name in sorted(found["device"].to_pylist(), key=str) if name)


def _devices(tables: Tables) -> ir.Table:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    return ibis.union(*(events.select("device").distinct() for events in tables.values()), distinct=True)


def classes_there(store: Telemetry) -> frozenset[str]:
    """Return the event classes with at least one row."""
    return frozenset(store.ask("classes", lambda: _classes(store.tables))["name"].to_pylist())


def _classes(tables: Tables) -> ir.Table:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    return ibis.union(*(events.limit(1).select(name=ibis.literal(name)) for name, events in tables.items()))
