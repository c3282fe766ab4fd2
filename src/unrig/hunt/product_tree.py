"""What a product's programs start: processes whose parent stands in a folder of the product, and what those start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.expressions import file_name, folder
from unrig.hunt.kinds import Needs, Tables
from unrig.hunt.product_folders import inside, manifest_entries, program_folders
from unrig.model.lead import ManifestLead

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = ({"process": frozenset({"device", "image", "parent_image"})},)
PLACE = ("device", "user", "time", "source", "record", "offset", "image", "parent_image", "process_guid", "parent_guid")


def roots(tables: Tables, leads: tuple[ManifestLead, ...]) -> ir.Table:
    """Return the product's folders: of, device, root. Its updater stands there too, or below."""
    homes = program_folders(tables, manifest_entries(leads))
    return homes.select("of", "device", root=homes.folder).distinct()


def started(tables: Tables) -> ir.Table:
    """Return the starts of processes: PLACE and child (the file name of what started)."""
    process = tables["process"]
    process = process.filter(
        process.action == "start", process.image.notnull(), process.device.notnull(), process.parent_image.notnull()
    )
    return process.select(*PLACE, child=file_name(process.image))


def children(tables: Tables, leads: tuple[ManifestLead, ...]) -> ir.Table:
    """Return what programs of the product started: started's columns, of and root; its own helpers do not count."""
    homes = roots(tables, leads)
    starts = started(tables)
    by_product = inside(starts.mutate(folder=folder(starts.parent_image)), homes).drop("folder")
    own = by_product.image.startswith(by_product.root + "\\") | by_product.image.startswith(by_product.root + "/")
    return by_product.filter(~own)
