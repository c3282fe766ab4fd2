r"""What a security product was told not to look at, from the event that says so. Runs in sealed workers.

Source: Microsoft, Defender Antivirus event 5007 (configuration changed): `Old Value` and `New Value` hold a key of the
registry and its data, such as `HKLM\SOFTWARE\Microsoft\Windows Defender\Exclusions\Paths\C:\Tools = 0x0`.
"""

from __future__ import annotations

import re

from unrig.hunt.columns import Record

DEFENDER = "microsoft defender"
KINDS = {
    "paths": "path",
    "processes": "process",
    "extensions": "extension",
    "temporarypaths": "path",
    "ipaddresses": "ip",
}
"""Subkeys of `Exclusions` in Defender's registry, to what they hold."""
_CHANGES = (("New Value", "add"), ("NewValue", "add"), ("Old Value", "remove"), ("OldValue", "remove"))
_KEY = re.compile(r"\\Exclusions\\(\w+)\\(.+?)(?:\s*=\s*0x[0-9a-fA-F]+)?\s*", re.IGNORECASE | re.DOTALL)


def annotated(record: Record) -> bool:
    """Add what was excluded, or is no longer, to a record of a changed setting; return whether it was an exclusion."""
    for name, action in _CHANGES:
        value = record.get(name)
        found = _KEY.search(value) if isinstance(value, str) else None
        whole = _KEY.fullmatch(value, found.start()) if isinstance(value, str) and found else None
        if whole and whole[1].lower() in KINDS:
            record["_exclusion_product"] = DEFENDER
            record["_exclusion_action"] = action
            record["_exclusion_kind"] = KINDS[whole[1].lower()]
            record["_exclusion_value"] = whole[2]
            return True
    return False
