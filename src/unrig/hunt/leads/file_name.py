"""A file with the name that a lead gives was written or read.

Sees:      file events whose last part is the lead's name; where the lead gives folders too, the path must end with them.
Matters:   what a release writes for itself tells where it ran, when hashes are not at hand.
Blind to:  sensors that leave out file events; names drawn at random.
False positives:  common names: a name alone proves nothing, so never more than medium.
Measured:  not yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.expressions import asked, bare_name, file_name, slashed, within
from unrig.hunt.kinds import LeadKind, Needs, Tables
from unrig.hunt.rows import rows_of
from unrig.model.lead import FileNameLead
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = ({"file": frozenset({"device", "target"})},)


def needs(lead: FileNameLead) -> Needs:
    """Return what shows files; nothing for a lead without a name."""
    return NEEDS if bare_name(lead.name) else ()


def rows(tables: Tables, leads: tuple[FileNameLead, ...]) -> ir.Table:
    """Return the events of files of that name."""
    wanted = asked(
        leads,
        {
            "name": [bare_name(lead.name) for lead in leads],
            "ending": ["/" + lead.name.replace("\\", "/").strip("/").lower() for lead in leads],
        },
    )
    touched = tables["file"].filter(tables["file"].target.notnull())
    found = touched.mutate(name=file_name(touched.target)).inner_join(wanted, "name")
    found = found.filter(
        within(found.time, found.since, found.until), ("/" + slashed(found.target)).endswith(found.ending)
    )
    return rows_of(
        found, of=found.of, process=found.image, detail=found.target, stage="execution", severity=Severity.MEDIUM
    )


LEAD_KIND = LeadKind(
    id="file-name",
    title="A file with a name that a lead gives",
    lead=FileNameLead,
    severity=Severity.MEDIUM,
    needs=NEEDS,
    narrow=needs,
    without="it gives no name",
    rows=rows,
)
