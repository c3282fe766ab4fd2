"""The very file that a lead names has run, been loaded or been written.

Sees:      process starts, module and driver loads and file events with a discriminating key of the lead: SHA-256; SHA-1
           and MD5 where the lead has them and the event no SHA-256; the Authenticode hash where the lead says that it
           tells the file from every good one.
Matters:   these are the names that no good file shares.
Blind to:  sensors that write none of them; files changed after release. Import hashes identify nothing here: those of
           a rigged file can be those of the good one.
False positives:  none but a wrong lead, or an analyst's copy in a laboratory.
Measured:  not yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.expressions import asked, within
from unrig.hunt.kinds import LeadKind, Needs, Tables
from unrig.hunt.rows import rows_of
from unrig.model.identity import discriminating_keys
from unrig.model.lead import HashLead
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

COLUMNS = {"sha256": "sha256", "sha1": "sha1", "md5": "md5", "authenticode_hash.sha256": "authenticode"}
"""Key of an identity to the column that holds it."""
PLACES = {"process": "image", "module_load": "module", "driver": "module", "file": "target"}
"""Event class to the column that names the file."""
CARRIED = {
    "process": ("sha256", "sha1", "md5", "authenticode"),
    "module_load": ("sha256", "sha1", "md5", "authenticode"),
    "driver": ("sha256",),
    "file": ("sha256", "sha1", "md5"),
}
PROGRAMS = (".exe", ".com", ".scr")
MODULES = (".dll", ".node", ".ocx", ".cpl", ".drv", ".so", ".dylib")
NEEDS: Needs = tuple(
    {name: frozenset({"device", PLACES[name], column})}
    for column in COLUMNS.values()
    for name in ("process", "module_load")
)


def needs(lead: HashLead) -> Needs:
    """Return what shows this file in use: a program starts, a library is loaded, of another name nobody can say."""
    columns = [COLUMNS[key] for key in COLUMNS if key in discriminating_keys(lead.identity)]
    name = lead.identity.name.lower()
    if name.endswith(PROGRAMS):
        return tuple(_need("process", column) for column in columns)
    if name.endswith(MODULES):
        return tuple(_need("module_load", column) for column in columns)
    return tuple(_need("process", column) | _need("module_load", column) for column in columns)


def _need(event_class: str, column: str) -> dict[str, frozenset[str]]:
    return {event_class: frozenset({"device", PLACES[event_class], column})}


def rows(tables: Tables, leads: tuple[HashLead, ...]) -> ir.Table:
    """Return every event with one of the keys."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    parts = []
    for key, column in COLUMNS.items():
        having = [lead for lead in leads if key in discriminating_keys(lead.identity)]
        if having:
            values = [discriminating_keys(lead.identity)[key].lower() for lead in having]
            wanted = asked(having, {"wanted": values})
            parts += [_matches(tables[name], name, column, wanted) for name in PLACES if column in CARRIED[name]]
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _matches(events: ir.Table, event_class: str, column: str, wanted: ir.Table) -> ir.Table:
    written = event_class == "file"
    if column in {"sha1", "md5"}:
        events = events.filter(events.sha256.isnull())
    found = events.inner_join(wanted, events[column] == wanted.wanted)
    return rows_of(
        found.filter(within(found.time, found.since, found.until)),
        of=found.of,
        process=found.image,
        detail=found[PLACES[event_class]],
        stage="initial-access" if written else "execution",
        severity=Severity.HIGH if written else Severity.CRITICAL,
    )


LEAD_KIND = LeadKind(
    id="hash",
    title="A file that is known rigged by its hash",
    lead=HashLead,
    severity=Severity.CRITICAL,
    needs=NEEDS,
    narrow=needs,
    without="no key of its identity both discriminates and is written by sensors (SHA-256, SHA-1, MD5, Authenticode)",
    rows=rows,
)
