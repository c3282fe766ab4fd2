"""A connection that stays open for hours, to a host that few others know.

Sees:      the connections of a device with one destination, where the longest lasts an hour or more. Sub-scores:
           `hours` (the longest), `prevalence` (share of the devices with connections that know the destination).
Matters:   a channel that is never closed makes no regular contacts to be seen by.
Blind to:  sensors that write no duration (Sysmon); connections that were open when the log began or ended.
False positives:  calls, chat, remote desktops, mail: low, and medium only from four hours on with a rare destination.
Measured:  on 560 made-up devices on which nothing happened (drill smoothoperator, seeds 6000-6004, 60 days): no
           sighting (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.kinds import Analytic, Needs, Tables
from unrig.hunt.rows import level, rows_of
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = ({"network": frozenset({"device", "destination_ip", "duration"})},)
LEAST_HOURS, MEDIUM_HOURS = 1.0, 4.0
"""RITA's thresholds for low and medium (its configuration, long connections)."""
RARE = 0.02
LEAST_DEVICES = 50
"""Below fifty devices one is more than RARE: a destination is rare where it is the only one's."""
INSIDE = (
    r"^(10\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.|127\.|169\.254\.|22[4-9]\.|23[0-9]\.|f[cdef][0-9a-f]{2}:|::1$)"
)


def rows(tables: Tables, _leads: tuple[()] = ()) -> ir.Table:
    """Return the long connections."""
    made = tables["network"]
    made = made.filter(made.device.notnull(), made.destination_ip.notnull(), ~made.destination_ip.re_search(INSIDE))
    whole = made.agg(all=made.device.nunique())
    known = made.group_by("destination_ip").agg(knowing=made.device.nunique())
    found = made.filter(made.duration >= LEAST_HOURS * 3600)
    longest = found.group_by("device", "destination_ip").agg(longest=found.duration.max())
    found = (
        found.inner_join(longest, ["device", "destination_ip"]).inner_join(known, "destination_ip").cross_join(whole)
    )
    prevalence = found.knowing / found["all"].cast("float64")
    rare = (prevalence <= RARE) | ((found.knowing == 1) & (found["all"] < LEAST_DEVICES) & (found["all"] > 1))
    return rows_of(
        found,
        of=ANALYTIC.id,
        process=found.image,
        detail=found.destination_ip,
        stage=ANALYTIC.stage,
        severity=level(rare & (found.longest >= MEDIUM_HOURS * 3600), Severity.MEDIUM, Severity.LOW),
        scores={"hours": found.longest / 3600, "prevalence": prevalence},
    )


def power(_days: float) -> str:
    """Return what would have shown."""
    return f"a connection of {LEAST_HOURS:.0f} h or more that began and ended in this time would have shown"


ANALYTIC = Analytic(
    id="long-connection",
    title="A connection that stays open for hours",
    severity=Severity.MEDIUM,
    stage="command-and-control",
    techniques=("T1071", "T1095"),
    needs=NEEDS,
    rows=rows,
    power=power,
    benign="a call or a remote desktop",
)
