"""A program started a child that its lead does not expect.

Sees:      process starts whose parent's file name is the lead's and whose own is not among the expected children.
Matters:   what a program starts is part of what it is; a release that starts something else does something else.
Blind to:  children through a broker or a scheduled task; code that stays inside the program.
False positives:  children that the lead's maker did not know: helpers, crash reporters, the browser for a link (medium;
           high only for interpreters and system commands).
Measured:  not yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.data.programs import programs
from unrig.hunt.expressions import asked, bare_name, file_name, parameters, within
from unrig.hunt.kinds import LeadKind, Needs, Tables
from unrig.hunt.rows import level, rows_of
from unrig.model.lead import ChildLead
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = ({"process": frozenset({"device", "image", "parent_image"})},)


def needs(lead: ChildLead) -> Needs:
    """Return what shows who started what; nothing for a lead without a parent."""
    return NEEDS if bare_name(lead.parent) else ()


def rows(tables: Tables, leads: tuple[ChildLead, ...]) -> ir.Table:
    """Return the starts of children that are not expected."""
    wanted = asked(leads, {"parent": [bare_name(lead.parent) for lead in leads]})
    pairs = [(lead.id, bare_name(name)) for lead in leads for name in lead.expected]
    expected = parameters({"of": [of for of, _ in pairs], "child": [name for _, name in pairs]})
    started = tables["process"]
    started = started.filter(started.action == "start", started.image.notnull(), started.parent_image.notnull())
    started = started.mutate(child=file_name(started.image), parent=file_name(started.parent_image))
    found = started.inner_join(wanted, "parent")
    found = found.filter(within(found.time, found.since, found.until), found.child != found.parent)
    found = found.anti_join(expected, ["of", "child"])
    return rows_of(
        found,
        of=found.of,
        process=found.parent_image,
        detail=found.image,
        stage="execution",
        severity=level(_system_command(found.child), Severity.HIGH, Severity.MEDIUM),
    )


def _system_command(child: ir.StringColumn) -> ir.BooleanValue:
    lists = programs()
    return child.isin([*lists.interpreters, *lists.discovery])


LEAD_KIND = LeadKind(
    id="child",
    title="A child that the program is not expected to start",
    lead=ChildLead,
    severity=Severity.HIGH,
    needs=NEEDS,
    narrow=needs,
    without="it names no parent",
    rows=rows,
)
