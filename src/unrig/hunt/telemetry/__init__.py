"""Readers of telemetry: one kind of file each."""

from __future__ import annotations

from unrig.hunt.kinds import Reader
from unrig.hunt.telemetry import evtx, json_documents, nested_jsonl, sysmon_jsonl, zeek_json, zeek_tsv

READERS: tuple[Reader, ...] = (
    evtx.READER,
    json_documents.READER,
    nested_jsonl.READER,
    sysmon_jsonl.READER,
    zeek_json.READER,
    zeek_tsv.READER,
)
