"""The release of a manifest, or another version of it, has run here; a rigged file of it most of all.

Sees:      process starts and module loads with the SHA-256 of a manifest's entry, from a folder that is the product's;
           rigged entries from any folder.
Matters:   tells the devices that ran the release from those that never did, and from those with another version.
Blind to:  sensors without SHA-256; releases whose files were never loaded while the log ran.
False positives:  another version is said of any product that ships a program and a library of the same names.
Measured:  not yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.expressions import within
from unrig.hunt.kinds import ROW_COLUMNS, LeadKind, Needs, Tables
from unrig.hunt.product_folders import NEEDS, ProductFolders, product_folders
from unrig.model.lead import ManifestLead
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir


def needs(lead: ManifestLead) -> Needs:
    """Return what shows this release: modules with their hashes; nothing for an empty manifest."""
    return NEEDS if any(entry.sha256 for entry in lead.entries) else ()


def rows(tables: Tables, leads: tuple[ManifestLead, ...]) -> ir.Table:
    """Return the loads of rigged files (critical), of the release's other files and of another version (info)."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    places = product_folders(tables, leads)
    return ibis.union(_rigged(places), _of_release(places), _of_another_version(places))


def _rigged(places: ProductFolders) -> ir.Table:
    bad = places.entries.filter(places.entries.rigged).select("of", "sha256", "since", "until").distinct()
    found = places.loads.inner_join(bad, "sha256")
    return _as_rows(found, severity=Severity.CRITICAL, detail=found.path)


def _of_release(places: ProductFolders) -> ir.Table:
    good = places.entries.filter(~places.entries.rigged).select("of", "product", "sha256", "since", "until").distinct()
    found = places.inside.filter(places.inside.current).inner_join(good, ["of", "sha256"])
    return _as_rows(found, severity=Severity.INFO, detail="files of " + found["product"])


def _of_another_version(places: ProductFolders) -> ir.Table:
    names = places.entries.select("of", "product", "name", "since", "until").distinct()
    right = places.entries.select("of", "sha256").distinct()
    found = places.inside.filter(~places.inside.current).inner_join(names, ["of", "name"])
    found = found.anti_join(right, ["of", "sha256"])
    return _as_rows(found, severity=Severity.INFO, detail="another version than " + found["product"])


def _as_rows(found: ir.Table, *, severity: Severity, detail: ir.StringValue) -> ir.Table:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    kept = found.mutate(detail=detail, stage=ibis.literal("execution"), severity=ibis.literal(severity.value))
    return kept.filter(within(kept.time, kept.since, kept.until)).select(*ROW_COLUMNS)


LEAD_KIND = LeadKind(
    id="manifest",
    title="The release in question runs here",
    mild="The product runs here",
    lead=ManifestLead,
    severity=Severity.CRITICAL,
    needs=NEEDS,
    narrow=needs,
    without="its manifest has no file with a SHA-256",
    rows=rows,
)
