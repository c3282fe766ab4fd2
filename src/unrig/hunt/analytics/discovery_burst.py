"""One parent starts several different commands of discovery within minutes.

Sees:      at least four different ones (who am I, where, who else, what runs) under one parent process on one device
           within five minutes. Sub-scores: `commands` (different ones), `days` (on which that parent program did so on
           any device).
Matters:   who comes in from outside does not know where they are.
Blind to:  discovery by code; commands spread over hours.
False positives:  inventory agents and admin scripts: low once they did it on three days, else medium.
Measured:  on 560 made-up devices on which nothing happened (drill smoothoperator, seeds 6000-6004, 60 days): 52
           low, on 13 of them; on 10,011 events of attack samples: no sighting (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.data.programs import programs
from unrig.hunt.expressions import file_name
from unrig.hunt.kinds import Analytic, Tables
from unrig.hunt.product_tree import NEEDS, started
from unrig.hunt.routine import ROUTINE_DAYS, bursts, with_days
from unrig.hunt.rows import level, rows_of
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

LEAST_COMMANDS = 4
SECONDS = 300


def rows(tables: Tables, _leads: tuple[()] = ()) -> ir.Table:
    """Return the commands that are part of a burst."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    starts = started(tables)
    typed = starts.filter(starts.child.isin(list(programs().discovery)))
    typed = typed.mutate(top=ibis.coalesce(typed.parent_guid, typed.parent_image))
    found = bursts(typed, by=("device", "top"), what="child", seconds=SECONDS, least=LEAST_COMMANDS)
    found = with_days(found.mutate(actor=file_name(found.parent_image)), "actor")
    return rows_of(
        found,
        of=ANALYTIC.id,
        process=found.parent_image,
        detail=found.child,
        stage=ANALYTIC.stage,
        severity=level(found.days >= ROUTINE_DAYS, Severity.LOW, Severity.MEDIUM),
        scores={"commands": found.different, "days": found.days},
    )


ANALYTIC = Analytic(
    id="discovery-burst",
    title="Several commands of discovery within minutes",
    severity=Severity.MEDIUM,
    stage="discovery",
    techniques=("T1033", "T1016", "T1057", "T1082"),
    needs=NEEDS,
    rows=rows,
    benign="an inventory script that runs every day",
)
