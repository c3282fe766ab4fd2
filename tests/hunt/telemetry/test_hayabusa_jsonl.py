from __future__ import annotations

import json
from typing import Any

from unrig.hunt.telemetry.hayabusa_jsonl import READER

ROW = {"Timestamp": "2024-03-04 10:00:00.125 +01:00", "RuleTitle": "Proc Exec", "Level": "info", "Computer": "PC-7.corp.example",
       "Channel": "Sysmon", "EventID": 1, "RecordID": 7,
       "Details": {"Cmdline": "cmd /c x", "Proc": "C:\\Windows\\System32\\cmd.exe", "User": "CORP\\ann", "PID": 42, "PGUID": "{A}"},
       "ExtraFieldInfo": {"ParentImage": "C:\\Phone.exe", "Hashes": "SHA256=" + "A" * 64}}  # fmt: skip


def test_a_row_is_the_event_it_is_about(read: Any, told: Any, lines: Any) -> None:
    data = lines(ROW)
    assert told(data) == ["hayabusa-jsonl"]
    row = read(READER, data).only()
    assert (row["image"], row["command_line"], row["pid"], row["device"]) == (
        "c:\\windows\\system32\\cmd.exe",
        "cmd /c x",
        42,
        "pc-7",
    )
    assert (row["parent_image"], row["sha256"], row["process_guid"]) == ("c:\\phone.exe", "a" * 64, "a")
    assert (row["time"].isoformat(), json.loads(row["rest"])["RuleTitle"]) == (
        "2024-03-04T09:00:00.125000",
        "Proc Exec",
    )


def test_other_channels_documents_and_detections_of_nothing_known(read: Any, told: Any) -> None:
    rows = [ROW | {"Channel": "Sec", "EventID": 4688, "Details": {"Cmdline": "x", "Path": "C:\\x.exe", "PID": "0x10"}},
            ROW | {"Channel": "Sysmon", "EventID": 22, "Details": {"Query": "A.example", "Proc": "C:\\Phone.exe"}},
            ROW | {"Channel": "App", "EventID": 7}]  # fmt: skip
    data = json.dumps(rows, indent=1).encode()
    assert told(data) == ["hayabusa-jsonl"]
    found = read(READER, data)
    assert (found.rows["process"][0]["image"], found.rows["process"][0]["pid"]) == ("c:\\x.exe", 16)
    assert (found.rows["dns"][0]["query"], found.rows["dns"][0]["image"]) == ("a.example", "c:\\phone.exe")
    assert found.rows["other"][0]["event_id"] == 7
