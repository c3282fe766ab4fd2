"""Imported by the fork server and by nothing else: reads from disk what sealed workers can no longer read."""

from __future__ import annotations

import numpy as np

from unrig.vet import trust
from unrig.vet.trust import judge_all

__all__ = ["judge_all", "np"]

trust.preload()  # import-time work on purpose: the server imports its modules before it seals workers
