"""Readers of telemetry: one kind of file each."""

from __future__ import annotations

from unrig.hunt.kinds import Reader
from unrig.hunt.telemetry import sysmon_jsonl

READERS: tuple[Reader, ...] = (sysmon_jsonl.READER,)
