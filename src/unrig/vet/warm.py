"""Imported by the fork server and by nothing else: reads from disk what sealed workers can no longer read."""

from __future__ import annotations

import numpy as np
import zstandard

from unrig.formats import script_javascript, script_language, text_markers
from unrig.vet import trust
from unrig.vet.trust import judge_all

__all__ = ["judge_all", "np", "zstandard"]

script_javascript.preload()
script_language.preload()
text_markers.preload()
trust.preload()  # import-time work on purpose: the server imports its modules before it seals workers
