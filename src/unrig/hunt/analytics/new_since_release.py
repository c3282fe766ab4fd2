"""What the devices with a release do since it came out, and the others do not.

Sees:      files (SHA-256 of what runs or is loaded), hosts contacted, signers and started programs that no device had
           before the release came out (as the manifest lead's window says, else when it first ran) and that came up
           within 30 days of it, more often on devices with the release than on others: Fisher's exact test, one-sided,
           at a false discovery rate of 5 % over all tests of the run (Benjamini and Hochberg). Sub-scores: `odds`
           (ratio, half a device added to each count), `p`, `q`, `devices`, `share` (of the devices with the release).
Matters:   needs no knowledge of what a rigged release does, only of who has it.
Blind to:  releases that every device has, or none; what the release's own files explain (they are left out).
False positives:  what a good new version brings along too: its hosts, its plug-ins. So never more than medium.
Measured:  on 560 made-up devices on which nothing happened (drill smoothoperator, seeds 6000-6004, 60 days): no
           sighting (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.contacts import contacts
from unrig.hunt.expressions import file_name
from unrig.hunt.judged import JUDGED
from unrig.hunt.kinds import Analytic, Needs, Tables
from unrig.hunt.product_folders import NEEDS as WITH_HASHES
from unrig.hunt.product_folders import product_folders
from unrig.hunt.rows import rows_of
from unrig.model.lead import ManifestLead
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = WITH_HASHES
HISTORY_DAYS = 14
DAYS = 30
LEAST_DEVICES = 3
"""Below three devices with the trait in all, no split of them differs from chance in a fleet of ordinary size."""
PLACE = ("device", "user", "time", "source", "record", "offset")


def tests(tables: Tables, leads: tuple[ManifestLead, ...]) -> ir.Table:
    """Return one row for each trait that is new since a release: of, kind, value and the four counts of devices."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    places = product_folders(tables, leads)
    having = places.inside.filter(places.inside.current).semi_join(places.entries, ["of", "sha256"])
    ran = having.group_by("of").agg(ran=having.time.min())
    since = places.entries.group_by("of").agg(said=places.entries.since.min()).left_join(ran, "of")
    since = since.select("of", since=ibis.coalesce(since.said, since.ran))
    exposed = having.select("of", "device").distinct()
    traits = _traits(tables)
    whole = traits.agg(all=traits.device.nunique())
    sizes = exposed.group_by("of").agg(exposed=exposed.device.nunique()).cross_join(whole)
    first = traits.group_by("kind", "value").agg(first=traits.time.min(), devices=traits.device.nunique())
    often = first.filter(first.devices >= LEAST_DEVICES)
    new = often.cross_join(since)
    new = new.filter(new["first"] >= new.since, new["first"] < new.since + ibis.interval(days=DAYS))
    files = places.entries.select("of", value=places.entries.sha256).distinct()
    new = new.anti_join(files, ["of", "value"])
    on = traits.select("kind", "value", "device").distinct().inner_join(exposed, "device")
    both = on.group_by("of", "kind", "value").agg(both=on.device.nunique())
    counted = new.inner_join(both, ["of", "kind", "value"]).inner_join(sizes, "of")
    return counted.select(
        "of",
        "kind",
        "value",
        with_release=counted.both,
        without_it=counted.exposed - counted.both,
        elsewhere=counted.devices - counted.both,
        neither=counted["all"] - counted.exposed - (counted.devices - counted.both),
    )


def rows(tables: Tables, _leads: tuple[ManifestLead, ...]) -> ir.Table:
    """Return the events with a trait that the tests have found to differ."""
    found = _traits(tables).inner_join(tables[JUDGED], ["kind", "value"])
    with_release = found.with_release.cast("float64")
    return rows_of(
        found,
        of=ANALYTIC.id,
        process=found.image,
        detail=found.kind + " " + found.value,
        stage=ANALYTIC.stage,
        severity=Severity.MEDIUM,
        scores={
            "odds": found.odds,
            "p": found.p,
            "q": found.q,
            "devices": found.with_release + found.elsewhere,
            "share": with_release / (with_release + found.without_it),
        },
    )


def _traits(tables: Tables) -> ir.Table:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    process, loaded, made = tables["process"], tables["module_load"], contacts(tables)
    parts = (
        process.select(*PLACE, "image", kind=ibis.literal("file"), value=process.sha256),
        loaded.select(*PLACE, "image", kind=ibis.literal("file"), value=loaded.sha256),
        loaded.select(*PLACE, "image", kind=ibis.literal("signer"), value=loaded.signer),
        process.select(
            *PLACE, image=process.parent_image, kind=ibis.literal("program"), value=file_name(process.image)
        ),
        made.select(*PLACE, "image", kind=ibis.literal("host"), value=made.host),
    )
    every = ibis.union(*parts)
    return every.filter(every.value.notnull(), every.value != "", every.device.notnull())


ANALYTIC = Analytic(
    id="new-since-release",
    title="New since the release, on the devices that have it",
    severity=Severity.MEDIUM,
    stage="execution",
    techniques=("T1195.002",),
    needs=NEEDS,
    from_leads=ManifestLead,
    history_days=HISTORY_DAYS,
    tests=tests,
    rows=rows,
    benign="the host from which a good new version fetches its news",
)
