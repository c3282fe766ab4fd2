"""A program that is no browser starts to fetch pictures.

Sees:      requests for pictures (by the response's type, else the path's ending) by a program that is no browser and that
           did not do so for its first seven days of life in the log; where the log names no program, what its user
           agent calls itself stands for it. Sub-scores: `days_of_history`, `novelty`,
           `prevalence` (see first-contact-code-hosting), `hosting` (1 where the host is a code-hosting or paste site).
Matters:   pictures are where an address hides best: everyone lets them through, nobody looks behind their end.
Blind to:  encrypted requests that no proxy opens; logs that name neither program nor user agent; a browser's agent.
False positives:  a new version with new pictures: low, and medium only from code-hosting and paste sites.
Measured:  on 560 made-up devices on which nothing happened (drill smoothoperator, seeds 6000-6004, 60 days): no
           sighting (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.data.code_hosting import code_hosting
from unrig.hunt.contacts import program
from unrig.hunt.expressions import below
from unrig.hunt.habits import HISTORY_DAYS, habits, watched
from unrig.hunt.kinds import Analytic, Needs, Tables
from unrig.hunt.rows import level, rows_of
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = tuple({"http": frozenset({"device", who, "host", "url_path"})} for who in ("image", "user_agent"))
ENDINGS = r"(?i)\.(ico|png|jpe?g|gif|bmp|webp|svg)$"


def rows(tables: Tables, _leads: tuple[()] = ()) -> ir.Table:
    """Return the requests for pictures of programs to whom they are new."""
    asked = tables["http"]
    asked = asked.filter(asked.device.notnull(), asked.host.notnull())
    typed = asked.content_type.contains("image/")
    pictures = asked.filter((typed | asked.url_path.re_search(ENDINGS)).fill_null(False))  # noqa: FBT003  (COALESCE)
    pictures = pictures.mutate(program=program(pictures))
    pictures = pictures.filter(pictures.program.notin(list(code_hosting().browsers)))
    known = habits(tables, watched(tables, ("http",)), pictures, ("process", "module_load", "http"))
    found = pictures.inner_join(known.filter(known.days_of_history >= HISTORY_DAYS), "program")
    hosting = below(found.host, code_hosting().hosts)
    return rows_of(
        found,
        of=ANALYTIC.id,
        process=found.image.coalesce(found.program),
        detail=found.host + found.url_path.fill_null(""),
        stage=ANALYTIC.stage,
        severity=level(hosting, Severity.MEDIUM, Severity.LOW),
        scores={
            "days_of_history": found.days_of_history,
            "novelty": found.novelty,
            "prevalence": found.prevalence,
            "hosting": hosting,
        },
    )


ANALYTIC = Analytic(
    id="image-by-non-browser",
    title="A program that is no browser starts to fetch pictures",
    severity=Severity.MEDIUM,
    stage="command-and-control",
    techniques=("T1102.001", "T1027.003"),
    needs=NEEDS,
    history_days=HISTORY_DAYS,
    rows=rows,
    benign="a new version of a chat program that shows pictures",
)
