"""Readers of telemetry: one kind of file each.

A new one is one line: its import.
"""

from __future__ import annotations

from unrig.hunt.kinds import Reader
from unrig.hunt.telemetry.evtx import READER as EVTX
from unrig.hunt.telemetry.json_documents import READER as JSON_DOCUMENTS
from unrig.hunt.telemetry.nested_jsonl import READER as NESTED_JSONL
from unrig.hunt.telemetry.sysmon_jsonl import READER as SYSMON_JSONL
from unrig.hunt.telemetry.zeek_json import READER as ZEEK_JSON
from unrig.hunt.telemetry.zeek_tsv import READER as ZEEK_TSV

READERS: tuple[Reader, ...] = tuple(unit for unit in tuple(globals().values()) if isinstance(unit, Reader))
