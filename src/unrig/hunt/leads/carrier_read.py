"""The file in which a release hides data was opened by the program that hosts its reader.

Sees:      opens of a file with the carrier's name by a program that is the reader or has loaded it as a module.
Matters:   a release carries what its reader takes out; where both meet, the hidden part has been used.
Blind to:  readers for which no sensor writes opens of files (Sysmon has no such event: Security event 4663, Endpoint
           Security or auditd is needed); carriers read through the loader, which look like any load.
False positives:  a carrier that is also a library: its program opens it to load it, so this alone is medium.
Measured:  not yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.expressions import asked, bare_name, file_name, within
from unrig.hunt.kinds import LeadKind, Needs, Tables
from unrig.hunt.rows import rows_of
from unrig.model.lead import CarrierReadLead
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

OPENED = {"file": frozenset({"device", "image", "target"})}
LOADED = {"module_load": frozenset({"device", "image", "module"})}
NEEDS: Needs = (OPENED, OPENED | LOADED)
PROGRAMS = (".exe", ".com", ".scr")


def needs(lead: CarrierReadLead) -> Needs:
    """Return what shows this read: opens of files, and loads where the reader is a module."""
    if not (bare_name(lead.reader) and bare_name(lead.carrier)):
        return ()
    return (OPENED,) if lead.reader.lower().endswith(PROGRAMS) else (OPENED | LOADED,)


def rows(tables: Tables, leads: tuple[CarrierReadLead, ...]) -> ir.Table:
    """Return the opens of the carrier by a program in which the reader runs."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    wanted = asked(
        leads,
        {
            "carrier": [bare_name(lead.carrier) for lead in leads],
            "reader": [bare_name(lead.reader) for lead in leads],
        },
    )
    opened, loaded = tables["file"], tables["module_load"]
    opened = opened.filter(opened.target.notnull(), opened.image.notnull(), opened.action != "delete")
    hosts = ibis.union(
        loaded.filter(loaded.module.notnull()).select("device", "image", reader=file_name(loaded.module)),
        opened.select("device", "image", reader=file_name(opened.image)),
        distinct=True,
    )
    found = opened.mutate(carrier=file_name(opened.target)).inner_join(wanted, "carrier")
    found = found.filter(within(found.time, found.since, found.until)).semi_join(hosts, ["device", "image", "reader"])
    return rows_of(
        found,
        of=found.of,
        process=found.image,
        detail=found.target,
        stage="defense-evasion",
        severity=Severity.MEDIUM,
    )


LEAD_KIND = LeadKind(
    id="carrier-read",
    title="A file that hides data was opened by its reader",
    lead=CarrierReadLead,
    severity=Severity.MEDIUM,
    needs=NEEDS,
    narrow=needs,
    without="it names no reader or no carrier",
    rows=rows,
)
