"""What the fork server loads for vet and what its workers may use: known before any of it is imported here."""

from __future__ import annotations

from unrig.model.budget import Limits as MemberLimits
from unrig.sandbox.call import Limits

PRELOAD = ("unrig.vet.crossing", "unrig.vet.reading", "unrig.vet.warm")
"""For every run."""
PRELOAD_TO_COMPARE = (*PRELOAD, "unrig.vet.warm_deep")
"""With something to compare with."""
PRELOAD_TO_SCAN = ("unrig.vet.yara_worker",)
"""Besides, where YARA rules are in force."""
LIMITS = Limits(file_bytes=MemberLimits().member_bytes)
"""A member as large as the budget allows must fit on disk when it is spilled."""
