"""A module that bears the name of one of the system's is loaded from elsewhere.

Sees:      modules loaded from outside the system's folders under a name that the same fleet loads from them, or that a
           pack (HijackLibs) calls the system's, by a program that does not load it there on most devices; and, under any
           name, unsigned modules that a pack says this very program can be made to load. Sub-scores: `prevalence` (share
           of the devices running the program that load it from there), `unsigned`, `listed` (1 where a pack names the
           module with this program), `hindsight` (1 where only a pack knows the name).
Matters:   programs look for modules beside themselves first; a name of the system's there takes the system's place.
Blind to:  names that the system has and neither a device loaded nor a pack lists; a name the product itself ships (it is on all devices).
False positives:  redistributed runtime libraries: they are signed and on most devices, so low or silent.
Measured:  on 560 made-up devices on which nothing happened (drill smoothoperator, seeds 6000-6004, 60 days): no
           sighting; on 10,011 events of attack samples: no sighting (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.expressions import SYSTEM_FOLDERS, file_name, slashed
from unrig.hunt.kinds import Analytic, Needs, Tables
from unrig.hunt.packed import packed_of
from unrig.hunt.rows import level, rows_of
from unrig.hunt.signatures import untrusted
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = ({"module_load": frozenset({"device", "image", "module"})},)
MOST = 0.5
LEAST_DEVICES = 5
WINDOWS = r"^([a-z]:|/device/harddiskvolume[0-9]+|/systemroot)?/windows/"


def rows(tables: Tables, _leads: tuple[()] = ()) -> ir.Table:
    """Return the loads from elsewhere."""
    loaded = tables["module_load"]
    loaded = loaded.filter(loaded.module.notnull(), loaded.image.notnull(), loaded.device.notnull())
    loaded = loaded.mutate(
        program=file_name(loaded.image),
        name=file_name(loaded.module),
        path=slashed(loaded.module),
        odd=untrusted(loaded),
    )
    loaded = loaded.filter(loaded.module != loaded.image)
    genuine = loaded.filter(loaded.path.re_search(SYSTEM_FOLDERS)).select("name").distinct()
    elsewhere = loaded.filter(~loaded.path.re_search(WINDOWS), ~loaded.path.re_search(SYSTEM_FOLDERS))
    elsewhere = _named(elsewhere, genuine, packed_of(tables))
    running = loaded.group_by("program").agg(devices=loaded.device.nunique())
    having = elsewhere.group_by("program", "name").agg(having=elsewhere.device.nunique())
    found = elsewhere.inner_join(running, "program").inner_join(having, ["program", "name"])
    found = found.mutate(prevalence=found.having / found.devices.cast("float64"))
    common = (found.prevalence >= MOST) & (found.devices >= LEAST_DEVICES)
    found = found.filter(found.odd | ~common)
    return rows_of(
        found,
        of=ANALYTIC.id,
        process=found.image,
        detail=found.module,
        stage=ANALYTIC.stage,
        severity=level(found.odd, Severity.MEDIUM, Severity.LOW),
        scores={
            "prevalence": found.prevalence,
            "unsigned": found.odd,
            "listed": found.listed,
            "hindsight": ~found.loaded_there,
        },
    )


def _named(elsewhere: ir.Table, genuine: ir.Table, packed: ir.Table) -> ir.Table:
    """Return the loads under a name of the system's, or of an unsigned module under one that a pack lists for the program.

    With them `loaded_there` (the fleet itself loads the name from the system's folders) and `listed`.
    """
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    there = genuine.mutate(loaded_there=ibis.literal(value=True))
    known = packed.filter(packed.of_the_system).select("name").distinct().mutate(packed=ibis.literal(value=True))
    pairs = packed.select("name", "program").distinct().mutate(listed=ibis.literal(value=True))
    found = elsewhere.left_join(there, "name").drop("name_right")
    found = found.left_join(known, "name").drop("name_right")
    found = found.left_join(pairs, ["name", "program"]).drop("name_right", "program_right")
    found = found.mutate(**{name: found[name].coalesce(False) for name in ("loaded_there", "packed", "listed")})
    return found.filter(found.loaded_there | found.packed | (found.listed & found.odd))


ANALYTIC = Analytic(
    id="system-module-elsewhere",
    title="A module with a name of the system's, from elsewhere",
    severity=Severity.MEDIUM,
    stage="defense-evasion",
    techniques=("T1574.001",),
    needs=NEEDS,
    rows=rows,
    benign="a runtime library that a program brings along",
)
