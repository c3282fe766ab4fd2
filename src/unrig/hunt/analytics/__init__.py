"""What is odd in telemetry without knowing of any incident: one analytic a file.

A new one is one line: its import.
"""

from __future__ import annotations

from unrig.hunt.analytics.beacon import ANALYTIC as BEACON
from unrig.hunt.analytics.browser_store_read import ANALYTIC as BROWSER_STORE_READ
from unrig.hunt.analytics.browser_stores_burst import ANALYTIC as BROWSER_STORES_BURST
from unrig.hunt.analytics.first_contact_code_hosting import ANALYTIC as FIRST_CONTACT_CODE_HOSTING
from unrig.hunt.analytics.module_name_not_in_manifest import ANALYTIC as MODULE_NAME_NOT_IN_MANIFEST
from unrig.hunt.analytics.module_not_in_manifest import ANALYTIC as MODULE_NOT_IN_MANIFEST
from unrig.hunt.kinds import Analytic

ANALYTICS: tuple[Analytic, ...] = tuple(unit for unit in tuple(globals().values()) if isinstance(unit, Analytic))
