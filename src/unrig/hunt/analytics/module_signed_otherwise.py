"""Beside a signed program lies a module that is unsigned or signed by somebody else, on few devices.

Sees:      modules loaded from the folder of a program (or below it) that is signed by one signer, where the module is unsigned,
           its signature does not hold, or its signer is another, on less than a fifth of the devices that run the
           program. Sub-scores: `prevalence` (that share), `unsigned`, `devices` (that run the program).
Matters:   what lies beside a program runs as the program, whoever signed it; the good ones are there on all devices.
Blind to:  modules that are on all devices with the program (prevalence-inversion looks there); good signatures.
False positives:  plug-ins and shell extensions of single users: medium only where unsigned.
Measured:  on 560 made-up devices on which nothing happened (drill smoothoperator, seeds 6000-6004, 60 days): no
           sighting; on 10,011 events of attack samples: no sighting (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.expressions import file_name, folder
from unrig.hunt.kinds import Analytic, Needs, Tables
from unrig.hunt.product_folders import SYSTEM
from unrig.hunt.rows import level, rows_of
from unrig.hunt.signatures import own_signers, untrusted
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = ({"module_load": frozenset({"device", "image", "module", "signed", "signer"})},)
FEW = 0.2
LEAST_DEVICES = 5
"""Below five devices with the program, on few of them says nothing."""


def rows(tables: Tables, _leads: tuple[()] = ()) -> ir.Table:
    """Return the loads of such modules."""
    loaded = tables["module_load"]
    loaded = loaded.filter(loaded.module.notnull(), loaded.image.notnull(), loaded.device.notnull())
    loaded = loaded.mutate(
        program=file_name(loaded.image), name=file_name(loaded.module), odd=untrusted(loaded), home=folder(loaded.image)
    )
    beside = loaded.filter(
        loaded.module.startswith(loaded.home), loaded.module != loaded.image, ~loaded.home.re_search(SYSTEM)
    ).inner_join(own_signers(tables), "program")
    other = (beside.signer != beside.own_signer).fill_null(False)  # noqa: FBT003  (a value for SQL's COALESCE)
    beside = beside.filter(beside.odd | other)
    running = loaded.group_by("program").agg(devices=loaded.device.nunique())
    having = beside.group_by("program", "name").agg(having=beside.device.nunique())
    found = beside.inner_join(running, "program").inner_join(having, ["program", "name"])
    found = found.mutate(prevalence=found.having / found.devices.cast("float64"))
    found = found.filter(found.prevalence < FEW, found.devices >= LEAST_DEVICES)
    return rows_of(
        found,
        of=ANALYTIC.id,
        process=found.image,
        detail=found.module,
        stage=ANALYTIC.stage,
        severity=level(found.odd, Severity.MEDIUM, Severity.LOW),
        scores={"prevalence": found.prevalence, "unsigned": found.odd, "devices": found.devices},
    )


ANALYTIC = Analytic(
    id="module-signed-otherwise",
    title="A module beside a signed program that its publisher did not sign",
    severity=Severity.MEDIUM,
    stage="defense-evasion",
    techniques=("T1574.001",),
    needs=NEEDS,
    rows=rows,
    benign="a plug-in that one user installed",
)
