"""A program that is no browser and never did before contacts a code-hosting site.

Sees:      DNS queries, connections and requests to code-hosting and paste sites (by label suffix) by a program that ran
           for at least seven days, on devices whose contacts were logged all the while, without any such contact on
           any device; as low after three days, which are too few to know its habits and too many to say nothing. Where
           a proxy names no program, what its user agent calls itself stands for it. Sub-scores: `days_of_history`
           (calendar days before the first contact), `novelty` (share of the program's observed life without contact),
           `prevalence` (share of the devices running it that made contact).
Matters:   rigged programs fetch their next address from where nobody blocks; a program's habits are its publisher's,
           so a new one that starts on its own is either a new version or somebody else's.
Blind to:  programs that make contact within their first days or from the first day of the log; browsers, developer
           tools and what calls itself so; lookups by the system's resolver, which the log lays to no program; sensors
           that name neither program nor user agent, where a person's browsing looks the same.
False positives:  a new version that newly fetches its updates from such a site; a person using a script interpreter.
Measured:  on 560 made-up devices on which nothing happened (drill smoothoperator, seeds 6000-6004, 60 days): no
           sighting (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.data.code_hosting import code_hosting
from unrig.hunt.contacts import BY_PROGRAM, CONTACTS, contacts, program
from unrig.hunt.expressions import below, calendar_days
from unrig.hunt.habits import HISTORY_DAYS, habits
from unrig.hunt.kinds import ROW_COLUMNS, Analytic, Tables
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

SHORTEST_DAYS = 3
"""Of history below which a first contact says nothing: the log, or the program, has only just begun."""
SCORES = ("score_days_of_history", "score_novelty", "score_prevalence")


def rows(tables: Tables, _leads: tuple[()] = ()) -> ir.Table:
    """Return the contacts of programs to whom they are new."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    every = contacts(tables)
    every = every.filter(every.image.notnull() | every.user_agent.notnull(), every.device.notnull())
    since = every.group_by("device").agg(watched=every.time.min())
    lists = code_hosting()
    exempt = [*lists.browsers, *lists.developer_tools, *lists.resolvers]
    hosts = every.select("host").distinct()
    made = every.semi_join(hosts.filter(below(hosts.host, lists.hosts)), "host")
    made = made.mutate(program=program(made))
    made = made.filter(made.program.notin([*exempt, *lists.tool_agents]))
    known = habits(tables, since, made, ("process", "module_load", *CONTACTS))
    found = made.inner_join(known, "program").inner_join(since, "device")
    found = found.mutate(history=ibis.least(found.days_of_history, calendar_days(found.watched, found.time)))
    found = found.filter(found.history >= SHORTEST_DAYS)
    return found.mutate(
        of=ibis.literal(ANALYTIC.id),
        process=ibis.coalesce(found.image, found.program),
        detail=found.host,
        stage=ibis.literal(ANALYTIC.stage),
        severity=ibis.ifelse(found.history >= HISTORY_DAYS, ANALYTIC.severity.value, Severity.LOW.value),
        score_days_of_history=found.days_of_history,
        score_novelty=found.novelty,
        score_prevalence=found.prevalence,
    ).select(*ROW_COLUMNS, *SCORES)


ANALYTIC = Analytic(
    id="first-contact-code-hosting",
    title="A program contacts a code-hosting site for the first time",
    severity=Severity.MEDIUM,
    stage="command-and-control",
    techniques=("T1102",),
    needs=BY_PROGRAM,
    history_days=HISTORY_DAYS,
    rows=rows,
    benign="a new version that newly looks for its updates there",
)
