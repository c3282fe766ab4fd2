"""One program opens the stores of several browsers within a minute.

Sees:      foreign opens (see browser-store-read) of at least two browsers' stores by one program on one device within
           60 seconds. Sub-scores: `browsers` (how many within the minute), `kinds` (of stores), `days_of_history`
           (calendar days for which the program ran before its first burst).
Matters:   a person's tool works with the one browser it was made for; a thief takes what there is.
Blind to:  thieves who take their time, or know the one browser in use; see browser-store-read for what no sensor writes.
False positives:  backup and migration programs: medium where they have done so since they were first seen.
Measured:  on 560 made-up devices on which nothing happened (drill smoothoperator, seeds 6000-6004, 60 days): 147
           medium, on 49 of them; on 10,011 events of attack samples: no sighting (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.browser_opens import NEEDS, foreign_opens
from unrig.hunt.expressions import of_the_system
from unrig.hunt.habits import HISTORY_DAYS, habits, watched
from unrig.hunt.kinds import Analytic, Tables
from unrig.hunt.rows import level, rows_of
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

SECONDS = 60
LEAST_BROWSERS = 2
CLASSES = ("file", "process")


def rows(tables: Tables, _leads: tuple[()] = ()) -> ir.Table:
    """Return the opens that are part of a burst."""
    opened = foreign_opens(tables)
    opened = opened.mutate(second=opened.time.epoch_seconds())
    others = opened.select("device", "program", other=opened.browser, others_kind=opened.kind, then=opened.second)
    pairs = opened.inner_join(others, ["device", "program"])
    pairs = pairs.filter((pairs.then - pairs.second).abs() < SECONDS)
    keys = [name for name in opened.columns if name != "second"]
    counted = pairs.group_by(*keys).agg(browsers=pairs.other.nunique(), kinds=pairs.others_kind.nunique())
    burst = counted.filter(counted.browsers >= LEAST_BROWSERS)
    known = habits(tables, watched(tables, CLASSES), burst, ("process", "module_load", "file", "network", "dns"))
    found = burst.left_join(known, "program")
    new = found.days_of_history >= HISTORY_DAYS
    judged = level(
        of_the_system(found.image), Severity.LOW, level(new | found.impostor, Severity.HIGH, Severity.MEDIUM)
    )
    return rows_of(
        found,
        of=ANALYTIC.id,
        process=found.image,
        detail=found.browser,
        stage=ANALYTIC.stage,
        severity=judged,
        scores={"browsers": found.browsers, "kinds": found.kinds, "days_of_history": found.days_of_history},
    )


ANALYTIC = Analytic(
    id="browser-stores-burst",
    title="A program opens the stores of several browsers within a minute",
    severity=Severity.HIGH,
    stage="credential-access",
    techniques=("T1555.003", "T1539", "T1217"),
    needs=NEEDS,
    rows=rows,
    benign="a backup of whole user profiles",
)
