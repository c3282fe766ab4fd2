"""A user agent that almost no other device shows, or that its program never sent before.

Sees:      user agents (numbers left out, so that versions do not count) on at most 2 % of the devices with requests (at
           least 50 of them), first seen seven days or more after the log begins. Sub-scores: `prevalence`, `new_days`,
           `rare_host` (1 where no other device contacts the host).
Matters:   hidden code has its own words for who it is, or leaves out what its host program says.
Blind to:  agents copied from a browser; encrypted requests that no proxy opens; fleets below 50 devices.
False positives:  one person's new program: low, medium with a host that nobody else contacts.
Measured:  on 560 made-up devices on which nothing happened (drill smoothoperator, seeds 6000-6004, 60 days): no
           sighting (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.habits import HISTORY_DAYS
from unrig.hunt.kinds import Analytic, Needs, Tables
from unrig.hunt.rarity import rare
from unrig.hunt.rows import level, rows_of
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = ({"http": frozenset({"device", "host", "user_agent"})},)


def rows(tables: Tables, _leads: tuple[()] = ()) -> ir.Table:
    """Return the requests with a rare new agent."""
    asked = tables["http"]
    asked = asked.filter(asked.device.notnull(), asked.user_agent.notnull(), asked.host.notnull())
    asked = asked.mutate(agent=asked.user_agent.lower().re_replace(r"[0-9]+", "#"))
    hosts = asked.group_by("host").agg(clients=asked.device.nunique())
    found = rare(asked, "agent").inner_join(hosts, "host")
    found = found.filter(found.new_days >= HISTORY_DAYS)
    alone = found.clients == 1
    return rows_of(
        found,
        of=ANALYTIC.id,
        process=found.image,
        detail=found.user_agent + " to " + found.host,
        stage=ANALYTIC.stage,
        severity=level(alone, Severity.MEDIUM, Severity.LOW),
        scores={"prevalence": found.prevalence, "new_days": found.new_days, "rare_host": alone},
    )


ANALYTIC = Analytic(
    id="rare-user-agent",
    title="A user agent that almost no other device shows",
    severity=Severity.MEDIUM,
    stage="command-and-control",
    techniques=("T1071.001",),
    needs=NEEDS,
    history_days=HISTORY_DAYS,
    rows=rows,
    benign="a program that one person installed",
)
