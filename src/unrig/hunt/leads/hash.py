"""The very file that a lead names has run, been loaded or been written.

Sees:      process starts, module loads and file events whose SHA-256 is a discriminating key of the lead.
Matters:   the SHA-256 of a rigged file is the one name that no good file shares.
Blind to:  sensors that write no SHA-256 (MD5, SHA-1 and import hashes identify nothing here: the Authenticode and
           import hashes of a rigged file can be those of the good one); files changed after release.
False positives:  none but a wrong lead, or an analyst's copy in a laboratory.
Measured:  not yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.expressions import parameters, within
from unrig.hunt.kinds import LeadKind, Needs, Tables
from unrig.model.identity import discriminating_keys
from unrig.model.lead import HashLead
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

PROCESS: Needs = ({"process": frozenset({"device", "image", "sha256"})},)
MODULE: Needs = ({"module_load": frozenset({"device", "module", "sha256"})},)
BOTH: Needs = (PROCESS[0] | MODULE[0],)
PROGRAMS = (".exe", ".com", ".scr")
MODULES = (".dll", ".node", ".ocx", ".cpl", ".drv", ".so", ".dylib")


def needs(lead: HashLead) -> Needs:
    """Return what shows this file in use: a program starts, a library is loaded, of another name nobody can say."""
    if not discriminating_keys(lead.identity).get("sha256"):
        return ()
    name = lead.identity.name.lower()
    return PROCESS if name.endswith(PROGRAMS) else MODULE if name.endswith(MODULES) else BOTH


def rows(tables: Tables, leads: tuple[HashLead, ...]) -> ir.Table:
    """Return every event with one of the hashes."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    keys = [(lead, discriminating_keys(lead.identity).get("sha256", "").lower()) for lead in leads]
    named = [(lead, key) for lead, key in keys if key]
    wanted = parameters(
        {
            "of": [lead.id for lead, _ in named],
            "wanted": [key for _, key in named],
            "since": [lead.window.since for lead, _ in named],
            "until": [lead.window.until for lead, _ in named],
        },
        times=("since", "until"),
    )
    return ibis.union(
        _matches(tables["process"], "image", wanted, stage="execution", severity=Severity.CRITICAL),
        _matches(tables["module_load"], "module", wanted, stage="execution", severity=Severity.CRITICAL),
        _matches(tables["file"], "target", wanted, stage="initial-access", severity=Severity.HIGH),
    )


def _matches(events: ir.Table, path: str, wanted: ir.Table, *, stage: str, severity: Severity) -> ir.Table:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    found = events.inner_join(wanted, events.sha256 == wanted.wanted)
    found = found.filter(within(found.time, found.since, found.until))
    return found.select(
        "of",
        "device",
        "user",
        process=found.image,
        detail=found[path],
        stage=ibis.literal(stage),
        severity=ibis.literal(severity.value),
        time=found.time,
        source=found.source,
        record=found.record,
        offset=found.offset,
    )


LEAD_KIND = LeadKind(
    id="hash",
    title="A file that is known rigged by its SHA-256",
    lead=HashLead,
    severity=Severity.CRITICAL,
    needs=(PROCESS[0], MODULE[0], {"file": frozenset({"device", "target", "sha256"})}),
    narrow=needs,
    without="no key of its identity both discriminates and is written by sensors (SHA-256)",
    rows=rows,
)
