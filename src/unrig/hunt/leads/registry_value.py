"""A registry value that a lead names was written.

Sees:      registry events on the lead's key (or below it, where the lead names no value) or value, however the sensor
           writes the hive: HKLM, HKEY_LOCAL_MACHINE, the path of the kernel, HKU with a user's SID, HKCU.
Matters:   persistence and settings outlive the files that wrote them.
Blind to:  sensors that leave out registry events; values written before the log begins.
False positives:  keys that the good release writes too: medium.
Measured:  not yet.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unrig.hunt.expressions import asked, within
from unrig.hunt.kinds import LeadKind, Needs, Tables
from unrig.hunt.rows import rows_of
from unrig.model.lead import RegistryValueLead
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = ({"registry": frozenset({"device", "target"})},)
HIVE = (
    r"^\\?(registry\\machine|hklm|hkey_local_machine|registry\\user\\[^\\]+|hku\\[^\\]+|hkey_users\\[^\\]+"
    r"|hkcu|hkey_current_user)\\"
)


def needs(lead: RegistryValueLead) -> Needs:
    """Return what shows registry writes; nothing for a lead without a key."""
    return NEEDS if _path(lead) else ()


def rows(tables: Tables, leads: tuple[RegistryValueLead, ...]) -> ir.Table:
    """Return the events on these keys and values."""
    wanted = asked(leads, {"wanted": [_path(lead) for lead in leads], "below": [_below(lead) for lead in leads]})
    written = tables["registry"]
    keys = written.filter(written.target.notnull()).select("target").distinct()
    keys = keys.mutate(path=keys.target.re_replace(HIVE, "")).cross_join(wanted)
    keys = keys.filter((keys.path == keys.wanted) | keys.path.startswith(keys.below))
    found = written.inner_join(keys, "target")
    found = found.filter(within(found.time, found.since, found.until))
    return rows_of(
        found, of=found.of, process=found.image, detail=found.target, stage="persistence", severity=Severity.MEDIUM
    )


def _path(lead: RegistryValueLead) -> str:
    key = re.sub(HIVE, "", lead.key.strip("\\").lower())
    return f"{key}\\{lead.value.lower()}" if key and lead.value else key


def _below(lead: RegistryValueLead) -> str:
    """Return what the names of values under the key start with; one that none starts with for a lead with a value."""
    return "\\\\" if lead.value else _path(lead) + "\\"


LEAD_KIND = LeadKind(
    id="registry-value",
    title="A registry value that a lead names",
    lead=RegistryValueLead,
    severity=Severity.MEDIUM,
    needs=NEEDS,
    narrow=needs,
    without="it names no key",
    rows=rows,
)
