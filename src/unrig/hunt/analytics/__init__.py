"""What is odd in telemetry without knowing of any incident: one analytic a file.

A new one is one line: its import.
"""

from __future__ import annotations

from unrig.hunt.analytics.beacon import ANALYTIC as BEACON
from unrig.hunt.analytics.binary_dropped import ANALYTIC as BINARY_DROPPED
from unrig.hunt.analytics.browser_store_read import ANALYTIC as BROWSER_STORE_READ
from unrig.hunt.analytics.browser_stores_burst import ANALYTIC as BROWSER_STORES_BURST
from unrig.hunt.analytics.content_contrary_to_extension import ANALYTIC as CONTENT_CONTRARY_TO_EXTENSION
from unrig.hunt.analytics.discovery_burst import ANALYTIC as DISCOVERY_BURST
from unrig.hunt.analytics.dns_volume import ANALYTIC as DNS_VOLUME
from unrig.hunt.analytics.dormancy import ANALYTIC as DORMANCY
from unrig.hunt.analytics.exclusion_added import ANALYTIC as EXCLUSION_ADDED
from unrig.hunt.analytics.first_contact_code_hosting import ANALYTIC as FIRST_CONTACT_CODE_HOSTING
from unrig.hunt.analytics.hands_on_keyboard import ANALYTIC as HANDS_ON_KEYBOARD
from unrig.hunt.analytics.hidden_file_dropped import ANALYTIC as HIDDEN_FILE_DROPPED
from unrig.hunt.analytics.image_by_non_browser import ANALYTIC as IMAGE_BY_NON_BROWSER
from unrig.hunt.analytics.long_connection import ANALYTIC as LONG_CONNECTION
from unrig.hunt.analytics.module_name_not_in_manifest import ANALYTIC as MODULE_NAME_NOT_IN_MANIFEST
from unrig.hunt.analytics.module_not_in_manifest import ANALYTIC as MODULE_NOT_IN_MANIFEST
from unrig.hunt.analytics.module_signed_otherwise import ANALYTIC as MODULE_SIGNED_OTHERWISE
from unrig.hunt.analytics.new_since_release import ANALYTIC as NEW_SINCE_RELEASE
from unrig.hunt.analytics.prevalence_inversion import ANALYTIC as PREVALENCE_INVERSION
from unrig.hunt.analytics.rare_tls_fingerprint import ANALYTIC as RARE_TLS_FINGERPRINT
from unrig.hunt.analytics.rare_user_agent import ANALYTIC as RARE_USER_AGENT
from unrig.hunt.analytics.same_version_other_content import ANALYTIC as SAME_VERSION_OTHER_CONTENT
from unrig.hunt.analytics.system_module_elsewhere import ANALYTIC as SYSTEM_MODULE_ELSEWHERE
from unrig.hunt.analytics.system_survey import ANALYTIC as SYSTEM_SURVEY
from unrig.hunt.analytics.unexpected_child import ANALYTIC as UNEXPECTED_CHILD
from unrig.hunt.kinds import Analytic

ANALYTICS: tuple[Analytic, ...] = tuple(unit for unit in tuple(globals().values()) if isinstance(unit, Analytic))
