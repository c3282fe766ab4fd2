"""A program loaded a module from a folder that it searches before the right one.

Sees:      module loads by the lead's program, under the lead's module name, from one of the lead's folders (any folder
           where it names none; a folder counts by its last parts).
Matters:   the position is what the release prepared; the load shows on which devices it was used.
Blind to:  modules mapped by hand; sensors that leave out module loads.
False positives:  a program that has always loaded its own copy from there: medium, high only where the module is
           unsigned or its signature does not hold.
Measured:  not yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.expressions import asked, bare_name, file_name, folder, slashed, within
from unrig.hunt.kinds import LeadKind, Needs, Tables
from unrig.hunt.rows import level, rows_of
from unrig.hunt.signatures import untrusted
from unrig.model.lead import SideLoadLead
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = ({"module_load": frozenset({"device", "image", "module"})},)


def needs(lead: SideLoadLead) -> Needs:
    """Return what shows loads; nothing for a lead without a module."""
    return NEEDS if bare_name(lead.module) and bare_name(lead.program) else ()


def rows(tables: Tables, leads: tuple[SideLoadLead, ...]) -> ir.Table:
    """Return the loads by that program, of that name, from there."""
    pairs = [(lead, place) for lead in leads for place in (lead.folders or ("",))]
    wanted = asked(
        [lead for lead, _ in pairs],
        {
            "program": [bare_name(lead.program) for lead, _ in pairs],
            "name": [bare_name(lead.module) for lead, _ in pairs],
            "place": [place.replace("\\", "/").strip("/").lower() for _, place in pairs],
        },
    )
    loaded = tables["module_load"]
    loaded = loaded.filter(loaded.module.notnull(), loaded.image.notnull())
    loaded = loaded.mutate(
        program=file_name(loaded.image), name=file_name(loaded.module), home="/" + slashed(folder(loaded.module))
    )
    found = loaded.inner_join(wanted, ["program", "name"])
    found = found.filter(
        within(found.time, found.since, found.until), (found.place == "") | found.home.endswith("/" + found.place)
    )
    return rows_of(
        found,
        of=found.of,
        process=found.image,
        detail=found.module,
        stage="defense-evasion",
        severity=level(untrusted(found), Severity.HIGH, Severity.MEDIUM),
    )


LEAD_KIND = LeadKind(
    id="side-load",
    title="A module loaded from a side-load position",
    lead=SideLoadLead,
    severity=Severity.HIGH,
    needs=NEEDS,
    narrow=needs,
    without="it names no program or no module",
    rows=rows,
)
