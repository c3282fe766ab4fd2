"""Readers of telemetry: one kind of file each.

A new one is one line: its import.
"""

from __future__ import annotations

from unrig.hunt.kinds import Reader
from unrig.hunt.telemetry.auditd import READER as AUDITD
from unrig.hunt.telemetry.crowdstrike_fdr import READER as CROWDSTRIKE_FDR
from unrig.hunt.telemetry.defender_csv import READER as DEFENDER_CSV
from unrig.hunt.telemetry.defender_jsonl import READER as DEFENDER_JSONL
from unrig.hunt.telemetry.defender_parquet import READER as DEFENDER_PARQUET
from unrig.hunt.telemetry.eslogger import READER as ESLOGGER
from unrig.hunt.telemetry.evtx import READER as EVTX
from unrig.hunt.telemetry.hayabusa_csv import READER as HAYABUSA_CSV
from unrig.hunt.telemetry.hayabusa_jsonl import READER as HAYABUSA_JSONL
from unrig.hunt.telemetry.json_documents import READER as JSON_DOCUMENTS
from unrig.hunt.telemetry.mp_preference import READER as MP_PREFERENCE
from unrig.hunt.telemetry.nested_jsonl import READER as NESTED_JSONL
from unrig.hunt.telemetry.osquery import READER as OSQUERY
from unrig.hunt.telemetry.passive_dns import READER as PASSIVE_DNS
from unrig.hunt.telemetry.squid import READER as SQUID
from unrig.hunt.telemetry.suricata import READER as SURICATA
from unrig.hunt.telemetry.sysmon_jsonl import READER as SYSMON_JSONL
from unrig.hunt.telemetry.w3c_extended import READER as W3C_EXTENDED
from unrig.hunt.telemetry.zeek_json import READER as ZEEK_JSON
from unrig.hunt.telemetry.zeek_tsv import READER as ZEEK_TSV
from unrig.hunt.telemetry.zscaler import READER as ZSCALER

READERS: tuple[Reader, ...] = tuple(unit for unit in tuple(globals().values()) if isinstance(unit, Reader))
