"""Who contacts whom how often: pairs of a device's program and a host, and the stretch of time they are judged in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.expressions import SECONDS_A_DAY
from unrig.hunt.histogram import bin_of
from unrig.hunt.kinds import Tables

if TYPE_CHECKING:
    import ibis.expr.types as ir

BEACON_CLASSES = {"network": "destination_ip", "dns": "query", "http": "host", "tls": "server_name"}
KEYS = ("kind", "device", "image", "host")
PLACE = ("device", "user", "time", "source", "record", "offset")


def contacts_of_pairs(tables: Tables) -> ir.Table:
    """Return every outgoing contact: kind (event class), host, image (empty where unknown), size, second, and PLACE."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    parts = []
    for name, column in BEACON_CLASSES.items():
        events = tables[name]
        if name == "network":
            events = events.filter(events.initiated.fill_null(True))  # noqa: FBT003  (a value for SQL's COALESCE)
        host = ibis.coalesce(events.destination_host, events.destination_ip) if name == "network" else events[column]
        size = events.bytes_out if "bytes_out" in events.columns else ibis.null("int64")
        parts.append(
            events.filter(host.notnull(), events.device.notnull()).select(
                *PLACE,
                kind=ibis.literal(name),
                host=host,
                image=events.image.fill_null(""),
                size=size,
                second=events.time.epoch_seconds(),
            )
        )
    return ibis.union(*parts)


def pairs_of(every: ir.Table, least: int) -> ir.Table:
    """Return the pairs with enough contacts and no strobe: KEYS, pair (a number), contacts, start, end, prevalence, new.

    A pair is judged from its first contact to its last, a day at least, or over all the telemetry where that is
    shorter than a day; `new` are the days from the device's first contact with anyone to the pair's.
    """
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    grouped = every.group_by(*KEYS).agg(contacts=every.count(), first=every.second.min(), last=every.second.max())
    whole = grouped.agg(begins=grouped["first"].min(), ends=grouped["last"].max(), devices=grouped.device.nunique())
    hosts = grouped.group_by("host").agg(contacting=grouped.device.nunique())
    since = grouped.group_by("device").agg(watched=grouped["first"].min())
    days = ibis.greatest(1.0, (grouped["last"] - grouped["first"]) / float(SECONDS_A_DAY))
    often = grouped.filter(
        grouped.contacts >= least, grouped["last"] > grouped["first"], grouped.contacts < SECONDS_A_DAY * days
    )
    known = often.inner_join(hosts, "host").inner_join(since, "device").cross_join(whole)
    short = known.ends - known.begins <= SECONDS_A_DAY
    end = ibis.least(known.ends, ibis.greatest(known["last"], known["first"] + SECONDS_A_DAY))
    start = ibis.least(known["first"], end - SECONDS_A_DAY)
    return known.select(
        *KEYS,
        "contacts",
        pair=ibis.row_number().over(ibis.window(order_by=list(KEYS))).cast("int32"),
        start=ibis.ifelse(short, known.begins, start),
        end=ibis.ifelse(short, known.ends, end),
        prevalence=known.contacting / known.devices.cast("float64"),
        new=(known["first"] - known.watched) / float(SECONDS_A_DAY),
    )


def in_windows(every: ir.Table, pairs: ir.Table) -> ir.Table:
    """Return the contacts of those pairs in a few numbers: pair, second, size, bin (which bar of the histogram)."""
    kept = every.inner_join(pairs.select(*KEYS, "pair", "start", "end"), list(KEYS))
    return kept.select("pair", "second", "size", bin=bin_of(kept.second, kept.start, kept.end).cast("int8"))


def attributed(tables: Tables, pairs: ir.Table) -> ir.Table:
    """Return pair, host, program, contacts, prevalence and new; the program is another log's where the pair has none."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    said = []
    for name, columns in {"network": ("destination_host", "destination_ip"), "dns": ("query",)}.items():
        events = tables[name].filter(tables[name].image.notnull(), tables[name].device.notnull())
        said += [events.select("device", host=events[column], other=events.image) for column in columns]
    told = ibis.union(*said)
    told = told.group_by("device", "host").agg(other=told.other.min(), programs=told.other.nunique())
    joined = pairs.left_join(told.filter(told.programs == 1), ["device", "host"])
    program = ibis.ifelse(joined.image == "", joined.other.fill_null(""), joined.image)
    order = ibis.window(group_by=[joined.device, program, joined.host], order_by=[joined.contacts.desc(), joined.kind])
    best = joined.mutate(program=program, place=ibis.row_number().over(order))
    return best.filter(best.place == 0).select("pair", "host", "program", "contacts", "prevalence", "new")
