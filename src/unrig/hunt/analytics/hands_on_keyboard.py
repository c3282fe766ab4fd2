"""Somebody looks around from within the product: commands of discovery among its descendants.

Sees:      at least three different commands of discovery (who am I, where, who else, what runs) within an hour among
           the children of one program of the product, their children and those of these (by process GUID). Sub-scores:
           `commands` (different ones within the hour), `depth` (1 for children), `seconds_between` (mean, of what was started).
Matters:   the last stage is a person, and a person first asks where they are.
Blind to:  discovery by code; commands through services, tasks or WMI; sensors without process GUIDs see children only.
False positives:  a product's own diagnostic script: it is made of other commands, or runs on every device.
Measured:  on 560 made-up devices on which nothing happened (drill smoothoperator, seeds 6000-6004, 60 days): no
           sighting (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.data.programs import programs
from unrig.hunt.kinds import Analytic, Tables
from unrig.hunt.product_tree import NEEDS, children, roots, started
from unrig.hunt.rows import level, rows_of
from unrig.model.lead import ManifestLead
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

LEAST_COMMANDS = 3
SECONDS = 3600
MOST = 0.5
"""Share of the devices with the product: what its own diagnosis does, it does on most of them."""
COLUMNS = (
    "device",
    "user",
    "time",
    "source",
    "record",
    "offset",
    "image",
    "child",
    "process_guid",
    "of",
    "top",
    "top_image",
    "depth",
)


def rows(tables: Tables, leads: tuple[ManifestLead, ...]) -> ir.Table:
    """Return the commands that are part of such a look around."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    first = children(tables, leads)
    places = roots(tables, leads)
    having = places.group_by("of").agg(having=places.device.nunique())
    top = ibis.coalesce(first.parent_guid, first.parent_image)
    tree = first.mutate(top=top, top_image=first.parent_image, depth=ibis.literal(1, type="int64")).select(*COLUMNS)
    second = _below(tables, tree)
    everything = ibis.union(tree, second, _below(tables, second))
    typed = everything.filter(everything.child.isin(list(programs().discovery)))
    typed = typed.mutate(second=typed.time.epoch_seconds())
    others = typed.select("of", "device", "top", other=typed.child, then=typed.second)
    pairs = typed.inner_join(others, ["of", "device", "top"])
    pairs = pairs.filter((pairs.then - pairs.second).abs() < SECONDS)
    counted = pairs.group_by(*typed.columns).agg(
        commands=pairs.other.nunique(), began=pairs.then.min(), ended=pairs.then.max(), all=pairs.count()
    )
    burst = counted.filter(counted.commands >= LEAST_COMMANDS)
    spread = burst.group_by("of").agg(doing=burst.device.nunique())
    found = burst.inner_join(spread, "of").inner_join(having, "of")
    routine = (found.having > 1) & (found.doing / found.having.cast("float64") > MOST)
    return rows_of(
        found,
        of=ANALYTIC.id,
        process=found.top_image,
        detail=found.child,
        stage=ANALYTIC.stage,
        severity=level(routine, Severity.MEDIUM, Severity.HIGH),
        scores={
            "commands": found.commands,
            "depth": found.depth,
            "seconds_between": (found.ended - found.began) / ibis.greatest(found["all"] - 1, 1),
        },
    )


def _below(tables: Tables, tree: ir.Table) -> ir.Table:
    above = tree.filter(tree.process_guid.notnull()).select(
        "of", "top", "top_image", "device", parent_guid=tree.process_guid, depth=tree.depth + 1
    )
    return started(tables).inner_join(above, ["device", "parent_guid"]).select(*COLUMNS)


ANALYTIC = Analytic(
    id="hands-on-keyboard",
    title="Somebody looks around from within the product",
    severity=Severity.HIGH,
    stage="discovery",
    techniques=("T1033", "T1016", "T1057"),
    needs=NEEDS,
    from_leads=ManifestLead,
    rows=rows,
    benign="a product's own diagnosis, which runs wherever the product does",
)
