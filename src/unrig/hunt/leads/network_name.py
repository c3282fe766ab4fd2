"""A device contacted the domain that a lead names, or a name below it.

Sees:      DNS queries, connections, requests (also through proxies), names in TLS handshakes and in server
           certificates whose host is the lead's suffix or ends with a dot and it. Where the lead has a URL pattern (`*`
           for any text), requests count if their path matches, and what shows no path is low.
Matters:   tells which devices went beyond having the release: they called out.
Blind to:  addresses without names; lookups over DNS by HTTPS inside the program; the path of encrypted requests.
False positives:  a domain that was innocent before or after, without a window; a person reading a report.
Measured:  not yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.contacts import BY_DEVICE, contacts
from unrig.hunt.expressions import asked, wildcard, within
from unrig.hunt.kinds import LeadKind, Needs, Tables
from unrig.hunt.rows import level, rows_of
from unrig.model.lead import NetworkNameLead
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir


def needs(lead: NetworkNameLead) -> Needs:
    """Return what shows a contact: any event that names hosts; nothing for a lead without a domain."""
    return BY_DEVICE if _suffix(lead) else ()


def rows(tables: Tables, leads: tuple[NetworkNameLead, ...]) -> ir.Table:
    """Return every contact with one of the domains."""
    pages = [wildcard(f"*{lead.url_pattern.strip('*')}*") if lead.url_pattern else None for lead in leads]
    wanted = asked(leads, {"suffix": [_suffix(lead) for lead in leads], "page": pages})
    made = contacts(tables)
    hosts = made.select("host").distinct()
    named = hosts.mutate(name="." + hosts.host.re_replace(r"\.+$", "")).cross_join(wanted)
    named = named.filter(named.name.endswith("." + named.suffix))
    found = made.inner_join(named, "host")
    found = found.filter(
        within(found.time, found.since, found.until),
        found.page.isnull() | found.path.isnull() | found.path.re_search(found.page),
    )
    return rows_of(
        found,
        of=found.of,
        process=found.image,
        detail=found.host,
        stage="command-and-control",
        severity=level(found.page.notnull() & found.path.isnull(), Severity.LOW, Severity.HIGH),
    )


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
