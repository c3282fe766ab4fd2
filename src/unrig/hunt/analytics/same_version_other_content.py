"""A module changed its content and kept its path and version.

Sees:      modules of one path and file version with two SHA-256 over the fleet; the loads of the one that came later.
           Sub-scores: `share` (of the devices with that path and version that load it), `same_device` (1 where the
           device loaded the other before), `unsigned` (1 where a sensor says so).
Matters:   publishers who change a file give it a new version; who builds one into their pipeline does not.
Blind to:  sensors without SHA-256 or file version; changes that come with a new version.
False positives:  nightly builds; files made at installation: 3 of 485 groups of Microsoft-signed files of one name,
           version and architecture differed (measured 2026-11): low, medium where it newly is unsigned.
Measured:  on 10,011 events of attack samples: no sighting (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.kinds import Analytic, Needs, Tables
from unrig.hunt.rows import level, rows_of
from unrig.hunt.signatures import untrusted
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = ({"module_load": frozenset({"device", "module", "sha256", "file_version"})},)
USER = r"[\\/](users|home)[\\/][^\\/]+[\\/]"
"""Programs installed for each user stand at one path but for the user's name."""
KEY = ("place", "file_version")


def rows(tables: Tables, _leads: tuple[()] = ()) -> ir.Table:
    """Return the loads of the later content."""
    loaded = tables["module_load"]
    loaded = loaded.filter(loaded.sha256.notnull(), loaded.module.notnull(), loaded.file_version.notnull())
    loaded = loaded.filter(loaded.file_version.length() > 1)  # `-`: none
    loaded = loaded.mutate(place=loaded.module.re_replace(USER, "/users/*/"), odd=untrusted(loaded))
    each = loaded.group_by(*KEY, "sha256").agg(
        first=loaded.time.min(), devices=loaded.device.nunique(), odd=loaded.odd.any()
    )
    groups = each.group_by(*KEY).agg(
        contents=each.count(), began=each["first"].min(), sure=(~each.odd).any(), all=each.devices.sum()
    )
    later = each.inner_join(groups.filter(groups.contents > 1), list(KEY))
    later = later.filter(later["first"] > later.began)
    others = loaded.select(*KEY, "device", other=loaded.sha256, then=loaded.time)
    before = later.select(*KEY, "sha256", "first").inner_join(others, list(KEY))
    before = before.filter(before.other != before.sha256, before.then < before["first"])
    same = before.select(*KEY, "sha256", "device").distinct().mutate(same_device=True)
    found = loaded.drop("odd").inner_join(later, [*KEY, "sha256"]).left_join(same, [*KEY, "sha256", "device"])
    return rows_of(
        found,
        of=ANALYTIC.id,
        process=found.image,
        detail=found.module,
        stage=ANALYTIC.stage,
        severity=level(found.odd & found.sure, Severity.MEDIUM, Severity.LOW),
        scores={
            "share": found.devices / found["all"].cast("float64"),
            "same_device": found.same_device,
            "unsigned": found.odd,
        },
    )


ANALYTIC = Analytic(
    id="same-version-other-content",
    title="A module changed its content and kept its path and version",
    severity=Severity.MEDIUM,
    stage="defense-evasion",
    techniques=("T1195.002", "T1574.001"),
    needs=NEEDS,
    rows=rows,
    benign="a nightly build whose version does not change",
)
