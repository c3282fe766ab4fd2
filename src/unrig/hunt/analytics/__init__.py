"""What is odd in telemetry without knowing of any incident: one analytic a file."""

from __future__ import annotations

from unrig.hunt.analytics import first_contact_code_hosting, module_name_not_in_manifest, module_not_in_manifest
from unrig.hunt.kinds import Analytic

ANALYTICS: tuple[Analytic, ...] = (
    first_contact_code_hosting.ANALYTIC,
    module_name_not_in_manifest.ANALYTIC,
    module_not_in_manifest.ANALYTIC,
)
