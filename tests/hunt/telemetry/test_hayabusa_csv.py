from __future__ import annotations

from typing import Any

from unrig.hunt.telemetry.hayabusa_csv import READER

HEAD = '"Timestamp","RuleTitle","Level","Computer","Channel","EventID","RecordID","Details","ExtraFieldInfo"\n'
ROW = (
    '"2024-03-04 09:00:00.125 +00:00","Proc Exec","info","PC-7","Sysmon",1,7,'
    '"Cmdline: cmd /c ""x: y"" \u00a6 Proc: C:\\Windows\\cmd.exe \u00a6 PID: 42","ParentImage: C:\\Phone.exe"\n'
)


def test_details_are_taken_apart(read: Any, told: Any) -> None:
    data = (HEAD + ROW).encode()
    assert told(data) == ["hayabusa-csv"]
    row = read(READER, data).only()
    assert (row["image"], row["command_line"], row["pid"]) == ("c:\\windows\\cmd.exe", 'cmd /c "x: y"', 42)
    assert (row["parent_image"], row["device"], row["time"].isoformat()) == (
        "c:\\phone.exe",
        "pc-7",
        "2024-03-04T09:00:00.125000",
    )


def test_a_row_without_a_time_is_rejected(read: Any) -> None:
    found = read(READER, (HEAD + ROW + ROW.replace("2024-03-04 09:00:00.125 +00:00", "soon")).encode())
    assert (len(found.all), found.reasons) == (1, {"NO_TIME": 1})
