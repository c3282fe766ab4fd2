"""One new file reached many devices at once, and nobody who signs that program signed it.

Sees:      modules by SHA-256 that no device had in the first 14 days of telemetry and that at least a tenth of the devices (five at
           least) load within seven days, unsigned or signed by another than the program that loads them (as the load of the program's own file
           says), while a module of that name was loaded before. Sub-scores: `devices`, `share`, `days` (of the
           roll-out), `unsigned`.
Matters:   hunts look for what is on one host; a rigged release is on all of them, on the same day.
Blind to:  files that are signed as the good ones are; names that are new as well; sensors without SHA-256.
False positives:  a supplier's library that a new version updates, unsigned as before: low, since its forerunner was.
Measured:  on 560 made-up devices on which nothing happened (drill smoothoperator, seeds 6000-6004, 60 days): no
           sighting (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.expressions import days_between, file_name
from unrig.hunt.kinds import Analytic, Needs, Tables
from unrig.hunt.rows import level, rows_of
from unrig.hunt.signatures import own_signers, untrusted
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = ({"module_load": frozenset({"device", "image", "module", "sha256", "signed"})},)
HISTORY_DAYS = 14
ROLL_OUT_DAYS = 7.0
LEAST_SHARE = 0.1
LEAST_DEVICES = 5


def rows(tables: Tables, _leads: tuple[()] = ()) -> ir.Table:
    """Return the loads of such modules."""
    loaded = tables["module_load"]
    loaded = loaded.filter(loaded.sha256.notnull(), loaded.module.notnull(), loaded.image.notnull())
    loaded = loaded.mutate(name=file_name(loaded.module), program=file_name(loaded.image), odd=untrusted(loaded))
    whole = loaded.agg(began=loaded.time.min(), all=loaded.device.nunique())
    each = loaded.group_by("sha256", "name", "device").agg(first=loaded.time.min())
    spread = (
        each.group_by("sha256", "name")
        .agg(devices=each.device.nunique(), first=each["first"].min(), last=each["first"].max())
        .cross_join(whole)
    )
    spread = spread.mutate(
        share=spread.devices / spread["all"].cast("float64"), days=days_between(spread["first"], spread["last"])
    )
    rolled = spread.filter(
        days_between(spread.began, spread["first"]) >= HISTORY_DAYS,
        spread.devices >= LEAST_DEVICES,
        spread.share >= LEAST_SHARE,
        spread.days <= ROLL_OUT_DAYS,
    )
    before = loaded.select("program", "name", "odd", then=loaded.time)
    older = rolled.select("name", "sha256", appeared=rolled["first"]).inner_join(before, "name")
    older = older.filter(older.then < older.appeared)
    forerunners = older.group_by("name", "sha256").agg(was_odd=older.odd.any())
    found = loaded.inner_join(rolled.select("sha256", "name", "devices", "share", "days"), ["sha256", "name"])
    found = found.inner_join(forerunners, ["name", "sha256"]).left_join(own_signers(tables), "program")
    other = (found.signer != found.own_signer).fill_null(False)  # noqa: FBT003  (a value for SQL's COALESCE)
    found = found.filter(found.odd | other)
    return rows_of(
        found,
        of=ANALYTIC.id,
        process=found.image,
        detail=found.module,
        stage=ANALYTIC.stage,
        severity=level(found.odd & ~found.was_odd, Severity.MEDIUM, Severity.LOW),
        scores={"devices": found.devices, "share": found.share, "days": found.days, "unsigned": found.odd},
    )


ANALYTIC = Analytic(
    id="prevalence-inversion",
    title="A new file on many devices at once that its program's publisher did not sign",
    severity=Severity.MEDIUM,
    stage="defense-evasion",
    techniques=("T1195.002", "T1574.001"),
    needs=NEEDS,
    history_days=HISTORY_DAYS,
    rows=rows,
    benign="a supplier's unsigned library, updated with the product",
)
