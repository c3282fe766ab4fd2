"""The product contacts a host that is new to it, on no device before a certain time after the release came there.

Sees:      hosts that programs of the product contact since the release runs, and did not contact before on any device,
           where on at least five devices the first contact comes at least a day after the release, and so late on each that
           chance does not explain it. Sub-scores: `floor_days` (the shortest wait), `median_days`, `devices`, `p`
           (chance that none of so many waits is shorter than the floor, were they spread evenly up to the longest).
Matters:   a program that sleeps outlives the test in which it is looked at; the whole fleet together shows the floor.
Blind to:  fewer than five devices; waits that differ from device to device down to none.
False positives:  a feature that a good product switches on after days of use: medium at most.
Measured:  on 560 made-up devices on which nothing happened (drill smoothoperator, seeds 6000-6004, 60 days): no
           sighting (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.contacts import BY_PROGRAM, contacts
from unrig.hunt.expressions import SECONDS_A_DAY, file_name, folder
from unrig.hunt.kinds import Analytic, Needs, Tables
from unrig.hunt.product_folders import NEEDS as WITH_HASHES
from unrig.hunt.product_folders import inside, product_folders
from unrig.hunt.rows import rows_of
from unrig.model.lead import ManifestLead
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = tuple(WITH_HASHES[0] | each for each in BY_PROGRAM)
LEAST_DEVICES = 5
LEAST_FLOOR_DAYS = 1.0
MOST_CHANCE = 0.01
HISTORY_DAYS = 14


def rows(tables: Tables, leads: tuple[ManifestLead, ...]) -> ir.Table:
    """Return the first contacts, one a device and host, of hosts with such a floor."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    places = product_folders(tables, leads)
    current = places.inside.filter(places.inside.current).semi_join(places.entries, ["of", "sha256"])
    came = current.group_by("of", "device").agg(came=current.time.min())
    everywhere = came.group_by("of").agg(out=came.came.min())
    made = contacts(tables)
    made = made.filter(made.image.notnull(), made.device.notnull())
    roots = places.folders.select("of", "device", "root").distinct()
    by_product = inside(made.mutate(folder=folder(made.image), name=file_name(made.image)), roots)
    by_product = by_product.inner_join(everywhere, "of")
    old = by_product.filter(by_product.time < by_product.out).select("of", "host").distinct()
    new = by_product.anti_join(old, ["of", "host"]).inner_join(came, ["of", "device"])
    new = new.filter(new.time >= new.came)
    order = ibis.window(group_by=[new.of, new.device, new.host], order_by=[new.time, new.source, new.record])
    first = new.mutate(place=ibis.row_number().over(order))
    first = first.filter(first.place == 0).drop("place")
    first = first.mutate(wait=(first.time.epoch_seconds() - first.came.epoch_seconds()) / float(SECONDS_A_DAY))
    floors = first.group_by("of", "host").agg(
        floor=first.wait.min(),
        longest=first.wait.max(),
        median=first.wait.quantile(0.5),
        devices=first.device.nunique(),
    )
    floors = floors.mutate(p=(1.0 - floors.floor / ibis.greatest(floors.longest, 1e-9)) ** floors.devices)
    hard = floors.filter(floors.devices >= LEAST_DEVICES, floors.floor >= LEAST_FLOOR_DAYS, floors.p <= MOST_CHANCE)
    found = first.inner_join(hard, ["of", "host"])
    return rows_of(
        found,
        of=ANALYTIC.id,
        process=found.image,
        detail=found.host,
        stage=ANALYTIC.stage,
        severity=Severity.MEDIUM,
        scores={"floor_days": found.floor, "median_days": found["median"], "devices": found.devices, "p": found.p},
    )


ANALYTIC = Analytic(
    id="dormancy",
    title="The product waits for days before it contacts a new host",
    severity=Severity.MEDIUM,
    stage="command-and-control",
    techniques=("T1497.003", "T1678"),
    needs=NEEDS,
    from_leads=ManifestLead,
    history_days=HISTORY_DAYS,
    rows=rows,
    benign="a survey that a good product shows after two weeks of use",
)
