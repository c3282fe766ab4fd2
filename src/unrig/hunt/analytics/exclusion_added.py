"""Something was excluded from the security product.

Sees:      exclusions in Defender's registry keys, its change event 5007, PowerShell's Add-MpPreference and
           Set-MpPreference (scripts and command lines), and exclusion lists that are given as telemetry.
Matters:   when a product raises alarms, its users exclude it: then the alarms end and the harm goes on.
Blind to:  exclusions that management sets without an event; products whose lists nobody exports.
False positives:  what a publisher's own guide asks for: so medium, to be judged by a person; from then on, what the
           exclusion covers is a blind spot.
Measured:  on 560 made-up devices on which nothing happened (drill smoothoperator, seeds 6000-6004, 60 days): no
           sighting; on 10,011 events of attack samples: 6 medium, on 2 of them (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.kinds import Analytic, Needs, Tables
from unrig.hunt.rows import rows_of
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = (
    {"exclusion": frozenset({"device", "value"})},
    {"registry": frozenset({"device", "target"})},
    {"process": frozenset({"device", "command_line"})},
    {"script": frozenset({"device", "text"})},
)
KEY = r"windows defender\\(policy manager\\)?exclusions\\"
COMMAND = r"(add|set)-mppreference.*-exclusion(path|process|extension|ipaddress)"
WHAT = r"-exclusion[a-z]+[ :=]+([\"'][^\"']+[\"']|[^ ]+)"


def rows(tables: Tables, _leads: tuple[()] = ()) -> ir.Table:
    """Return every exclusion as it was made or listed."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    place = ("device", "user", "time", "source", "record", "offset", "image")
    listed, written = tables["exclusion"], tables["registry"]
    started, script = tables["process"], tables["script"]
    line, text = started.command_line.lower(), script.text.lower()
    about = listed.value.re_search(KEY) | (listed.action != "change").fill_null(True)  # noqa: FBT003  (COALESCE)
    every = ibis.union(
        listed.filter(about).select(*place, what=listed.value.re_replace(f"^.*{KEY}", "")),
        written.filter(written.target.re_search(KEY), written.action.contains("set")).select(
            *place, what=written.target.re_replace(f"^.*{KEY}", "")
        ),
        started.filter(line.re_search(COMMAND)).select(*place, what=line.re_extract(WHAT, 1)),
        script.filter(text.re_search(COMMAND)).select(*place, what=text.re_extract(WHAT, 1)),
    )
    found = every.filter(every.device.notnull(), every.what.notnull())
    return rows_of(
        found,
        of=ANALYTIC.id,
        process=found.image,
        detail=found.what,
        stage=ANALYTIC.stage,
        severity=Severity.MEDIUM,
    )


ANALYTIC = Analytic(
    id="exclusion-added",
    title="Something is excluded from the security product",
    severity=Severity.MEDIUM,
    stage="defense-evasion",
    techniques=("T1562.001",),
    needs=NEEDS,
    rows=rows,
    benign="an exclusion that a publisher's guide asks for",
)
