"""Kinds of leads that can be hunted, each in one file.

A new one is one line: its import.
"""

from __future__ import annotations

from unrig.hunt.kinds import LeadKind
from unrig.hunt.leads.hash import LEAD_KIND as HASH
from unrig.hunt.leads.manifest import LEAD_KIND as MANIFEST
from unrig.hunt.leads.network_name import LEAD_KIND as NETWORK_NAME

LEAD_KINDS: tuple[LeadKind, ...] = tuple(unit for unit in tuple(globals().values()) if isinstance(unit, LeadKind))
