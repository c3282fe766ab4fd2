"""A program opens the store of a browser that is not its own.

Sees:      files of history, logins, cookies and keys of Chrome, Edge, Brave and Firefox (Windows, macOS, Linux), and
           copies of them, opened, written or named on a command line by any program that is not the installed browser
           which owns the profile, signed or not. Sub-scores: `days_of_history` (calendar days for which the program ran without),
           `novelty` (that, as a share of its observed life), `prevalence` (share of the devices running it that did
           it), `impostor` (1 where it bears the owner's name but stands elsewhere), `kinds` (of stores opened).
Matters:   what a browser keeps is what a thief wants first, and no other program needs it.
Blind to:  reads where no sensor writes them: Sysmon has no event for reading, so the audit of files (Windows event 4663
           with a SACL on the profiles), Endpoint Security or auditd is needed; code inside the browser itself.
False positives:  backup, migration, indexing and security programs: they do so from their first day, which keeps them
           at medium; what the system itself ships is low.
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

CLASSES = ("file", "process")


def rows(tables: Tables, _leads: tuple[()] = ()) -> ir.Table:
    """Return the foreign opens with the habits of their programs."""
    opened = foreign_opens(tables)
    known = habits(tables, watched(tables, CLASSES), opened, ("process", "module_load", "file", "network", "dns"))
    kinds = opened.group_by("device", "program").agg(kinds=opened.kind.nunique())
    found = opened.inner_join(kinds, ["device", "program"]).left_join(known, "program")
    new = found.days_of_history >= HISTORY_DAYS
    judged = level(
        of_the_system(found.image), Severity.LOW, level(new | found.impostor, Severity.HIGH, Severity.MEDIUM)
    )
    return rows_of(
        found,
        of=ANALYTIC.id,
        process=found.image,
        detail=found.kind + " of " + found.browser,
        stage=ANALYTIC.stage,
        severity=judged,
        scores={
            "days_of_history": found.days_of_history,
            "novelty": found.novelty,
            "prevalence": found.prevalence,
            "impostor": found.impostor,
            "kinds": found.kinds,
        },
    )


ANALYTIC = Analytic(
    id="browser-store-read",
    title="A program opens a browser's history, logins, cookies or keys",
    severity=Severity.HIGH,
    stage="credential-access",
    techniques=("T1555.003", "T1539", "T1217"),
    needs=NEEDS,
    rows=rows,
    benign="a backup program that has always read the profiles",
)
