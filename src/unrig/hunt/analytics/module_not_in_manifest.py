"""A module loaded from the product's folder whose hash is not in the release's manifest.

Sees:      programs and modules in a folder that manifest leads show to be the product's, or below it, whose SHA-256
           the manifest does not have. Sub-scores: `replaces` (1 where it bears the name of a file of the release),
           `unsigned` (1 where the sensor says so), `agreement` (share of the folder's files that agree with the
           manifest), `prevalence` (share of the devices with the product that loaded this very file).
Matters:   what was added to a product after its release is not its publisher's; a replaced file even less.
Blind to:  folders while another version's program runs from them, so also a replaced program; modules loaded from
           elsewhere; code that is never loaded from a file; sensors without SHA-256.
False positives:  plug-ins and run-time generated modules that the product itself installs; hot fixes.
Measured:  on 560 made-up devices on which nothing happened (drill smoothoperator, seeds 6000-6004, 60 days): no
           sighting (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.expressions import within
from unrig.hunt.kinds import ROW_COLUMNS, Analytic, Tables
from unrig.hunt.product_folders import NEEDS, product_folders
from unrig.model.lead import ManifestLead
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

SCORES = ("score_replaces", "score_unsigned", "score_agreement", "score_prevalence")


def rows(tables: Tables, leads: tuple[ManifestLead, ...]) -> ir.Table:
    """Return the loads that no manifest of the product explains."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    places = product_folders(tables, leads)
    inside = places.inside.filter(places.inside.current)
    windows = places.entries.select("of", "product", "since", "until").distinct()
    known = places.entries.select("of", "sha256").distinct()
    odd = inside.anti_join(known, ["of", "sha256"]).inner_join(windows, "of")
    odd = odd.filter(within(odd.time, odd.since, odd.until))
    odd = _with_prevalence(odd, inside)
    names = places.entries.select("of", "name").distinct().mutate(replaces=True)
    odd = odd.left_join(names, ["of", "name"])
    replaces = odd.replaces.fill_null(False)  # noqa: FBT003  (a value for SQL's COALESCE)
    unsigned = (odd.signed == False).fill_null(False)  # noqa: E712, FBT003  (an expression, not a test)
    judged = odd.mutate(
        detail=odd.path,
        stage=ibis.literal("defense-evasion"),
        severity=ibis.ifelse(replaces | unsigned, Severity.HIGH.value, Severity.MEDIUM.value),
        score_replaces=replaces.ifelse(1.0, 0.0),
        score_unsigned=unsigned.ifelse(1.0, 0.0),
        score_agreement=odd.agreeing / (odd.agreeing + odd.differing).cast("float64"),
        score_prevalence=odd.prevalence,
    )
    return judged.mutate(of=ibis.literal(ANALYTIC.id)).select(*ROW_COLUMNS, *SCORES)


def _with_prevalence(odd: ir.Table, inside: ir.Table) -> ir.Table:
    having = inside.group_by("of").agg(having=inside.device.nunique())
    loading = odd.group_by("of", "sha256").agg(loading=odd.device.nunique())
    joined = odd.inner_join(having, "of").inner_join(loading, ["of", "sha256"])
    return joined.mutate(prevalence=joined.loading / joined.having.cast("float64"))


ANALYTIC = Analytic(
    id="module-not-in-manifest",
    title="A module in the product's folder that its release does not have",
    severity=Severity.HIGH,
    stage="defense-evasion",
    techniques=("T1574.001",),
    needs=NEEDS,
    from_leads=ManifestLead,
    rows=rows,
    benign="a plug-in that the product itself installed after its release",
)
