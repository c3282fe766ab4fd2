"""A device asks for very many different names below one domain.

Sees:      at least a hundred different names below one domain (the last two labels, three where the second is short)
           by one device within a day. Sub-scores: `names` (different ones on that day), `length` (mean, of what stands
           before the domain), `prevalence` (share of the devices with queries that ask for names below it).
Matters:   names can carry data out, and answers can carry orders in, where nothing else gets through.
Blind to:  slow use; lookups inside the program by HTTPS.
False positives:  reputation services of security products, content networks: low, and medium only where one device in
           fifty or fewer asks, for names of twenty characters and more.
Measured:  on 560 made-up devices on which nothing happened (drill smoothoperator, seeds 6000-6004, 60 days): no
           sighting; on 10,011 events of attack samples: no sighting (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.kinds import Analytic, Needs, Tables
from unrig.hunt.rows import level, rows_of
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = ({"dns": frozenset({"device", "query"})},)
LEAST_NAMES = 100
"""RITA's lowest threshold for DNS (its configuration, subdomains of C2 over DNS)."""
LONG = 20
RARE = 0.02
DOMAIN = r"([^.]+\.(com?|net|org|gov|edu|ac|[a-z]{2})\.[a-z]{2}|[^.]+\.[^.]+)$"


def rows(tables: Tables, _leads: tuple[()] = ()) -> ir.Table:
    """Return the queries of such a day, each name once."""
    asked = tables["dns"]
    asked = asked.filter(asked.query.notnull(), asked.device.notnull(), ~asked.query.endswith(".arpa"))
    asked = asked.mutate(name=asked.query.re_replace(r"\.+$", ""), day=asked.time.truncate("D"))
    asked = asked.mutate(domain=asked.name.re_extract(DOMAIN, 0))
    asked = asked.filter(asked.domain != "", asked.name != asked.domain)
    whole = asked.agg(all=asked.device.nunique())
    spread = asked.group_by("domain").agg(asking=asked.device.nunique())
    daily = asked.group_by("device", "domain", "day").agg(
        names=asked.name.nunique(), length=(asked.name.length() - asked.domain.length() - 1).mean()
    )
    many = daily.filter(daily.names >= LEAST_NAMES)
    found = asked.inner_join(many, ["device", "domain", "day"]).inner_join(spread, "domain").cross_join(whole)
    prevalence = found.asking / found["all"].cast("float64")
    rare = (prevalence <= RARE) | ((found.asking == 1) & (found["all"] > 1))
    return rows_of(
        found,
        of=ANALYTIC.id,
        process=found.image,
        detail=found.domain,
        stage=ANALYTIC.stage,
        severity=level(rare & (found.length >= LONG), Severity.MEDIUM, Severity.LOW),
        scores={"names": found.names, "length": found.length, "prevalence": prevalence},
    )


def power(_days: float) -> str:
    """Return what would have shown."""
    return f"{LEAST_NAMES} different names below one domain in a day would have shown"


ANALYTIC = Analytic(
    id="dns-volume",
    title="Very many different names below one domain",
    severity=Severity.MEDIUM,
    stage="command-and-control",
    techniques=("T1071.004", "T1048"),
    needs=NEEDS,
    rows=rows,
    power=power,
    benign="a security product that asks for the reputation of files",
)
