"""A device contacted the domain that a lead names, or a name below it.

Sees:      DNS queries, connections and requests whose host is the lead's suffix or ends with a dot and it.
Matters:   tells which devices went beyond having the release: they called out.
Blind to:  URL patterns (the lead's `url_pattern` is not looked at: Sysmon writes no URLs); addresses without names;
           lookups over DNS by HTTPS inside the program.
False positives:  a domain that was innocent before or after, without a window; a person reading a report.
Measured:  not yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.contacts import BY_DEVICE, contacts
from unrig.hunt.expressions import parameters, within
from unrig.hunt.kinds import ROW_COLUMNS, LeadKind, Needs, Tables
from unrig.model.lead import NetworkNameLead
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir


def needs(lead: NetworkNameLead) -> Needs:
    """Return what shows a contact: any event that names hosts; nothing for a lead without a domain."""
    return BY_DEVICE if _suffix(lead) else ()


def rows(tables: Tables, leads: tuple[NetworkNameLead, ...]) -> ir.Table:
    """Return every contact with one of the domains."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    wanted = parameters(
        {
            "of": [lead.id for lead in leads],
            "suffix": [_suffix(lead) for lead in leads],
            "since": [lead.window.since for lead in leads],
            "until": [lead.window.until for lead in leads],
        },
        times=("since", "until"),
    )
    made = contacts(tables)
    hosts = made.select("host").distinct()
    named = hosts.mutate(name="." + hosts.host.re_replace(r"\.+$", "")).cross_join(wanted)
    named = named.filter(named.name.endswith("." + named.suffix))
    found = made.inner_join(named, "host")
    found = found.filter(within(found.time, found.since, found.until)).mutate(
        process=found.image,
        detail=found.host,
        stage=ibis.literal("command-and-control"),
        severity=ibis.literal(Severity.HIGH.value),
    )
    return found.select(*ROW_COLUMNS)


def _suffix(lead: NetworkNameLead) -> str:
    return lead.suffix.strip().strip("*").strip(".").lower()


LEAD_KIND = LeadKind(
    id="network-name",
    title="A domain that a lead names",
    lead=NetworkNameLead,
    severity=Severity.HIGH,
    needs=BY_DEVICE,
    narrow=needs,
    without="it names no domain",
    rows=rows,
)
