"""Files that programs of the product write, and since when each kind of them is new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.expressions import calendar_days, file_name, folder
from unrig.hunt.kinds import Needs, Tables
from unrig.hunt.product_folders import inside
from unrig.hunt.product_tree import roots
from unrig.model.lead import ManifestLead

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = ({"file": frozenset({"device", "image", "target"})},)
WRITTEN = ("create", "executable", "rename", "write")


def written(tables: Tables, leads: tuple[ManifestLead, ...]) -> ir.Table:
    """Return the files that the product's programs wrote: the file table's columns, name, of and root."""
    files = tables["file"]
    files = files.filter(files.action.isin(WRITTEN), files.image.notnull(), files.target.notnull())
    own = files.mutate(folder=folder(files.image), name=file_name(files.target))
    return inside(own, roots(tables, leads)).drop("folder")


def with_habit(tables: Tables, every: ir.Table, odd: ir.Table) -> ir.Table:
    """Return the odd ones of the files with days_of_history (before the first odd one on any device) and prevalence."""
    since = tables["file"].agg(since=tables["file"].time.min())
    having = every.group_by("of").agg(having=every.device.nunique())
    first = odd.group_by("of").agg(first=odd.time.min(), doing=odd.device.nunique())
    found = odd.inner_join(first, "of").inner_join(having, "of").cross_join(since)
    return found.mutate(
        days_of_history=calendar_days(found.since, found["first"]),
        prevalence=found.doing / found.having.cast("float64"),
    )
