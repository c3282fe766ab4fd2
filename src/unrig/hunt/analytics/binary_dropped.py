"""The product writes programs or modules outside its own folder.

Sees:      files that a sensor finds to be programs, or that bear such an ending, written by programs of the product (as a
           manifest lead shows it) outside their folder. Sub-scores: `days_of_history` (before the first on any device), `prevalence`
           (share of the devices on which the product writes files).
Matters:   an updater writes where the product stands; what is put elsewhere is meant to stay when the product goes.
Blind to:  code that never becomes a file; files written inside the product's folder (module-not-in-manifest).
False positives:  updaters that unpack into a temporary folder: low, as they have always done so.
Measured:  on 560 made-up devices on which nothing happened (drill smoothoperator, seeds 6000-6004, 60 days): no
           sighting (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.habits import HISTORY_DAYS
from unrig.hunt.kinds import Analytic, Tables
from unrig.hunt.product_files import NEEDS, with_habit, written
from unrig.hunt.rows import level, rows_of
from unrig.model.lead import ManifestLead
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

ENDINGS = r"\.(exe|dll|sys|scr|cpl|ocx|node|so|dylib|jar|msi|ps1|vbs|js|bat|cmd)$"
FEW = 0.2


def rows(tables: Tables, leads: tuple[ManifestLead, ...]) -> ir.Table:
    """Return the programs written elsewhere."""
    every = written(tables, leads)
    program = (every.action == "executable") | every.target.re_search(ENDINGS)
    elsewhere = ~(every.target.startswith(every.root + "\\") | every.target.startswith(every.root + "/"))
    found = with_habit(tables, every, every.filter(program, elsewhere))
    new = found.days_of_history >= HISTORY_DAYS
    return rows_of(
        found,
        of=ANALYTIC.id,
        process=found.image,
        detail=found.target,
        stage=ANALYTIC.stage,
        severity=level(new & (found.prevalence < FEW), Severity.MEDIUM, Severity.LOW),
        scores={"days_of_history": found.days_of_history, "prevalence": found.prevalence},
    )


ANALYTIC = Analytic(
    id="binary-dropped",
    title="The product writes programs outside its own folder",
    severity=Severity.MEDIUM,
    stage="persistence",
    techniques=("T1105", "T1543"),
    needs=NEEDS,
    from_leads=ManifestLead,
    rows=rows,
    benign="an updater that unpacks into a temporary folder",
)
