"""The product writes hidden files.

Sees:      files whose name starts with a dot, written by programs of the product (as a manifest lead shows it) outside
           their own folder on macOS and Linux. Sub-scores: `days_of_history` (before the first on any device), `prevalence` (share of
           the devices on which the product writes files).
Matters:   what a program stores for itself it need not hide from its user.
Blind to:  Windows' hidden attribute, which no file event shows; names without a dot.
False positives:  settings below the user's folder that have always been hidden: low.
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

PASSING = r"^\.(ds_store|localized|[^/]*\.(tmp|swp|lock)|org\.chromium\.[^/]*|com\.google\.[^/]*)$"
"""What the system and common frameworks leave while they work."""


def rows(tables: Tables, leads: tuple[ManifestLead, ...]) -> ir.Table:
    """Return the hidden files."""
    every = written(tables, leads)
    hidden = every.filter(every.name.startswith("."), every.target.startswith("/"), ~every.name.re_search(PASSING))
    found = with_habit(tables, every, hidden)
    return rows_of(
        found,
        of=ANALYTIC.id,
        process=found.image,
        detail=found.target,
        stage=ANALYTIC.stage,
        severity=level(found.days_of_history >= HISTORY_DAYS, Severity.MEDIUM, Severity.LOW),
        scores={"days_of_history": found.days_of_history, "prevalence": found.prevalence},
    )


ANALYTIC = Analytic(
    id="hidden-file-dropped",
    title="The product writes hidden files",
    severity=Severity.MEDIUM,
    stage="defense-evasion",
    techniques=("T1564.001",),
    needs=NEEDS,
    from_leads=ManifestLead,
    rows=rows,
    benign="settings that the product has always kept in a hidden file",
)
