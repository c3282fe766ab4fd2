"""What is odd in telemetry without knowing of any incident: one analytic a file.

A new one is one line: its import.
"""

from __future__ import annotations

from unrig.hunt.analytics.beacon import ANALYTIC as BEACON
from unrig.hunt.analytics.browser_store_read import ANALYTIC as BROWSER_STORE_READ
from unrig.hunt.analytics.browser_stores_burst import ANALYTIC as BROWSER_STORES_BURST
from unrig.hunt.analytics.discovery_burst import ANALYTIC as DISCOVERY_BURST
from unrig.hunt.analytics.dormancy import ANALYTIC as DORMANCY
from unrig.hunt.analytics.first_contact_code_hosting import ANALYTIC as FIRST_CONTACT_CODE_HOSTING
from unrig.hunt.analytics.hands_on_keyboard import ANALYTIC as HANDS_ON_KEYBOARD
from unrig.hunt.analytics.module_name_not_in_manifest import ANALYTIC as MODULE_NAME_NOT_IN_MANIFEST
from unrig.hunt.analytics.module_not_in_manifest import ANALYTIC as MODULE_NOT_IN_MANIFEST
from unrig.hunt.analytics.new_since_release import ANALYTIC as NEW_SINCE_RELEASE
from unrig.hunt.analytics.prevalence_inversion import ANALYTIC as PREVALENCE_INVERSION
from unrig.hunt.analytics.system_survey import ANALYTIC as SYSTEM_SURVEY
from unrig.hunt.analytics.unexpected_child import ANALYTIC as UNEXPECTED_CHILD
from unrig.hunt.kinds import Analytic

ANALYTICS: tuple[Analytic, ...] = tuple(unit for unit in tuple(globals().values()) if isinstance(unit, Analytic))
