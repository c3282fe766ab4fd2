"""Kinds of leads that can be hunted, each in one file.

A new one is one line: its import.
"""

from __future__ import annotations

from unrig.hunt.kinds import LeadKind
from unrig.hunt.leads.carrier_read import LEAD_KIND as CARRIER_READ
from unrig.hunt.leads.child import LEAD_KIND as CHILD
from unrig.hunt.leads.file_name import LEAD_KIND as FILE_NAME
from unrig.hunt.leads.hash import LEAD_KIND as HASH
from unrig.hunt.leads.manifest import LEAD_KIND as MANIFEST
from unrig.hunt.leads.network_name import LEAD_KIND as NETWORK_NAME
from unrig.hunt.leads.registry_value import LEAD_KIND as REGISTRY_VALUE
from unrig.hunt.leads.side_load import LEAD_KIND as SIDE_LOAD
from unrig.hunt.leads.user_agent import LEAD_KIND as USER_AGENT

LEAD_KINDS: tuple[LeadKind, ...] = tuple(unit for unit in tuple(globals().values()) if isinstance(unit, LeadKind))
