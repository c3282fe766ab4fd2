"""What came or was written is something else than its name says.

Sees:      successful requests for a picture, font, style or sound (by the path's ending) whose response is a program, an archive
           or plain text, as a network sensor tells by content; programs that a sensor finds written under such an
           ending. Sub-scores: `program` (1 where it is one), `prevalence` (share of the devices that the host or
           folder did so to).
Matters:   who names a program a picture does it for those who look at names.
Blind to:  pictures that are whole and carry more behind their end; types that a server merely states.
False positives:  servers that answer with a text in place of a missing picture: low.
Measured:  on 560 made-up devices on which nothing happened (drill smoothoperator, seeds 6000-6004, 60 days): no
           sighting (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.expressions import folder
from unrig.hunt.kinds import Analytic, Needs, Tables
from unrig.hunt.rows import level, rows_of
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = (
    {"http": frozenset({"device", "host", "url_path", "content_type"})},
    {"file": frozenset({"device", "target", "sha256"})},
)
HARMLESS = r"(?i)\.(ico|png|jpe?g|gif|bmp|webp|svg|css|woff2?|ttf|mp3|wav|mp4)$"
PROGRAM = r"x-dosexec|x-msdownload|x-executable|x-mach-binary|x-elf|vnd\.microsoft\.portable-executable|x-sharedlib"
OTHER = r"application/(zip|x-7z|x-rar|gzip|x-gzip)|text/plain|x-shellscript|x-powershell"
OK = 200


def rows(tables: Tables, _leads: tuple[()] = ()) -> ir.Table:
    """Return the responses and files that contradict their names."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    asked, written = tables["http"], tables["file"]
    asked = asked.filter(asked.url_path.re_search(HARMLESS), asked.status.fill_null(OK) == OK)
    asked = asked.filter(asked.content_type.re_search(f"{PROGRAM}|{OTHER}"))
    written = written.filter(written.action == "executable", written.target.re_search(HARMLESS))
    place = ("device", "user", "time", "source", "record", "offset", "image")
    every = ibis.union(
        asked.select(
            *place, what=asked.host + asked.url_path, origin=asked.host, program=asked.content_type.re_search(PROGRAM)
        ),
        written.select(*place, what=written.target, origin=folder(written.target), program=ibis.literal(True)),  # noqa: FBT003
    )
    found = every.filter(every.device.notnull())
    spread = found.group_by("origin").agg(devices=found.device.nunique())
    whole = found.agg(all=found.device.nunique())
    found = found.inner_join(spread, "origin").cross_join(whole)
    return rows_of(
        found,
        of=ANALYTIC.id,
        process=found.image,
        detail=found.what,
        stage=ANALYTIC.stage,
        severity=level(found.program, Severity.MEDIUM, Severity.LOW),
        scores={"program": found.program, "prevalence": found.devices / found["all"].cast("float64")},
    )


ANALYTIC = Analytic(
    id="content-contrary-to-extension",
    title="Content that contradicts its name",
    severity=Severity.MEDIUM,
    stage="defense-evasion",
    techniques=("T1036.008", "T1027.003"),
    needs=NEEDS,
    rows=rows,
    benign="a server that answers with a text in place of a missing picture",
)
