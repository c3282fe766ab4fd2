"""A request bore the user agent that a lead names, and with it a version that contradicts the product's.

Sees:      requests whose user agent matches the lead's pattern (`*` for any text) and does not name the version that the
           lead says the product has.
Matters:   hidden code brings its own strings along, and they grow stale: a version the publisher no longer ships.
Blind to:  encrypted requests that no proxy opens; logs without user agents.
False positives:  devices that really run the other version: medium where the lead names no version.
Measured:  not yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.expressions import asked, wildcard, within
from unrig.hunt.kinds import LeadKind, Needs, Tables
from unrig.hunt.rows import level, rows_of
from unrig.model.lead import UserAgentLead
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = ({"http": frozenset({"device", "user_agent"})},)


def needs(lead: UserAgentLead) -> Needs:
    """Return what shows user agents; nothing for a pattern that would match all of them."""
    return NEEDS if lead.pattern.strip("* ") else ()


def rows(tables: Tables, leads: tuple[UserAgentLead, ...]) -> ir.Table:
    """Return the requests with such a user agent."""
    wanted = asked(
        leads,
        {
            "pattern": [wildcard(lead.pattern) for lead in leads],
            "version": [lead.contradicts_version.lower() for lead in leads],
        },
    )
    asked_for = tables["http"]
    asked_for = asked_for.filter(asked_for.user_agent.notnull())
    agents = asked_for.select("user_agent").distinct().cross_join(wanted)
    told = agents.user_agent.lower().contains(agents.version) & (agents.version != "")
    agents = agents.filter(agents.user_agent.re_search(agents.pattern), ~told)
    found = asked_for.inner_join(agents, "user_agent")
    found = found.filter(within(found.time, found.since, found.until))
    return rows_of(
        found,
        of=found.of,
        process=found.image,
        detail=found.user_agent,
        stage="command-and-control",
        severity=level(found.version != "", Severity.HIGH, Severity.MEDIUM),
    )


LEAD_KIND = LeadKind(
    id="user-agent",
    title="A user agent that contradicts the product's version",
    lead=UserAgentLead,
    severity=Severity.HIGH,
    needs=NEEDS,
    narrow=needs,
    without="its pattern matches any user agent",
    rows=rows,
)
