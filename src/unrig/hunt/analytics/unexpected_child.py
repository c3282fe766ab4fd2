"""A program of the product, or its updater, starts what it did not start before.

Sees:      starts, by a program in or below a folder of the product (as a manifest lead shows it), of a program that stands elsewhere.
           Sub-scores: `days_of_history` (calendar days for which the product ran without starting it on any device), `prevalence`
           (share of the devices with the product on which it was started), `command` (1 for interpreters and commands
           of the system).
Matters:   a phone that starts a shell is no phone; what a program starts is its publisher's habit, kept over versions.
Blind to:  work done inside the process; children started through the system (services, tasks, WMI).
False positives:  a new version's new helper, links opened in the browser: low; high only for commands that are new after a
           week, on less than a fifth of the devices with the product.
Measured:  on 560 made-up devices on which nothing happened (drill smoothoperator, seeds 6000-6004, 60 days): no
           sighting (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.data.programs import programs
from unrig.hunt.expressions import calendar_days
from unrig.hunt.habits import HISTORY_DAYS
from unrig.hunt.kinds import Analytic, Tables
from unrig.hunt.product_tree import NEEDS, children, roots
from unrig.hunt.rows import level, rows_of
from unrig.model.lead import ManifestLead
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

FEW = 0.2
"""Share of the devices: what a version brings along is on all devices that have it."""


def rows(tables: Tables, leads: tuple[ManifestLead, ...]) -> ir.Table:
    """Return the product's children that are commands or new."""
    made = children(tables, leads)
    process = tables["process"]
    whole = process.group_by("device").agg(began=process.time.min())
    with_product = roots(tables, leads).select("of", "device").distinct().inner_join(whole, "device")
    since = with_product.group_by("of").agg(since=with_product.began.min(), having=with_product.device.nunique())
    habit = made.group_by("of", "child").agg(first=made.time.min(), doing=made.device.nunique())
    found = made.inner_join(habit, ["of", "child"]).inner_join(since, "of")
    found = found.mutate(
        days=calendar_days(found.since, found["first"]), prevalence=found.doing / found.having.cast("float64")
    )
    lists = programs()
    command, new = found.child.isin([*lists.interpreters, *lists.discovery]), found.days >= HISTORY_DAYS
    return rows_of(
        found.filter(command | new),
        of=ANALYTIC.id,
        process=found.parent_image,
        detail=found.image,
        stage=ANALYTIC.stage,
        severity=level(
            command & new & (found.prevalence < FEW), Severity.HIGH, level(command & new, Severity.MEDIUM, Severity.LOW)
        ),
        scores={"days_of_history": found.days, "prevalence": found.prevalence, "command": command},
    )


ANALYTIC = Analytic(
    id="unexpected-child",
    title="The product starts a program that it did not start before",
    severity=Severity.HIGH,
    stage="execution",
    techniques=("T1059",),
    needs=NEEDS,
    from_leads=ManifestLead,
    history_days=HISTORY_DAYS,
    rows=rows,
    benign="a new version whose updater runs a script, on all devices that have it",
)
