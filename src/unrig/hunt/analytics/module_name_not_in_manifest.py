"""A module in the product's folder whose very name no release at hand ships, told where the sensor writes no hash.

Sees:      modules without SHA-256, loaded from a folder in which a program of a manifest ran, or from below it, under a
           name that the manifest does not have. Sub-scores: `unsigned` (1 where the sensor says so), `prevalence`
           (share of the devices with the product that loaded a module of this name from it).
Matters:   what was added to a product after its release is not its publisher's, and the name shows it even where a
           sensor's configuration leaves hashes out.
Blind to:  added files that bear a name of the release; everything that `module-not-in-manifest` judges by hash.
False positives:  another version of the product with further files: low, where most devices with the product have the
           name; plug-ins that the product itself installs.
Measured:  on 560 made-up devices on which nothing happened (drill smoothoperator, seeds 6000-6004, 60 days): no
           sighting (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.expressions import file_name, folder, within
from unrig.hunt.kinds import ROW_COLUMNS, Analytic, Needs, Tables
from unrig.hunt.product_folders import inside, manifest_entries, program_folders
from unrig.model.lead import ManifestLead
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = ({"module_load": frozenset({"device", "image", "module"})},)
MINORITY = 0.5
"""Share of the devices with the product: a file of any version that is rolled out is on most of them."""
SCORES = ("score_unsigned", "score_prevalence")


def rows(tables: Tables, leads: tuple[ManifestLead, ...]) -> ir.Table:
    """Return the loads without a hash whose name no manifest of the product has."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    entries = manifest_entries(leads)
    homes = program_folders(tables, entries)
    homes = homes.select("of", "device", root=homes.folder)
    within_product = inside(_loads(tables), homes)
    windows = entries.select("of", "since", "until").distinct()
    odd = within_product.anti_join(entries.select("of", "name").distinct(), ["of", "name"]).inner_join(windows, "of")
    odd = odd.filter(within(odd.time, odd.since, odd.until))
    odd = _with_prevalence(odd, homes)
    unsigned = (odd.signed == False).fill_null(False)  # noqa: E712, FBT003  (an expression, not a test)
    judged = odd.mutate(
        detail=odd.path,
        stage=ibis.literal("defense-evasion"),
        severity=ibis.ifelse(odd.prevalence < MINORITY, Severity.MEDIUM.value, Severity.LOW.value),
        score_unsigned=unsigned.ifelse(1.0, 0.0),
        score_prevalence=odd.prevalence,
    )
    return judged.mutate(of=ibis.literal(ANALYTIC.id)).select(*ROW_COLUMNS, *SCORES)


def _loads(tables: Tables) -> ir.Table:
    loaded = tables["module_load"]
    bare = loaded.filter(loaded.sha256.isnull(), loaded.module.notnull(), loaded.device.notnull())
    named = bare.mutate(process=bare.image, path=bare.module, name=file_name(bare.module), folder=folder(bare.module))
    return named.select(
        "device", "user", "time", "source", "record", "offset", "process", "path", "name", "folder", "signed"
    )


def _with_prevalence(odd: ir.Table, homes: ir.Table) -> ir.Table:
    having = homes.group_by("of").agg(having=homes.device.nunique())
    loading = odd.group_by("of", "name").agg(loading=odd.device.nunique())
    joined = odd.inner_join(having, "of").inner_join(loading, ["of", "name"])
    return joined.mutate(prevalence=joined.loading / joined.having.cast("float64"))


ANALYTIC = Analytic(
    id="module-name-not-in-manifest",
    title="A module in the product's folder under a name that its release does not have",
    severity=Severity.MEDIUM,
    stage="defense-evasion",
    techniques=("T1574.001",),
    needs=NEEDS,
    from_leads=ManifestLead,
    rows=rows,
    benign="another version of the product, which ships further files",
)
