from __future__ import annotations

from typing import Any

from unrig.hunt.telemetry.osquery import READER

ABOUT = {
    "hostIdentifier": "PC-7.corp.example",
    "unixTime": 1709542800,
    "calendarTime": "Mon Mar  4 09:00:00 2024 UTC",
    "counter": 1,
}
PROCESS = {"pid": "4711", "path": "/Applications/Phone.app/Contents/MacOS/Phone", "cmdline": "Phone -x", "parent": "1", "time": "1709542799",
           "cwd": "/", "cdhash": "ab"}  # fmt: skip


def test_rows_are_told_by_their_columns(read: Any, told: Any, lines: Any) -> None:
    connection = {
        "pid": "4711",
        "path": "/x",
        "remote_address": "1.2.3.4",
        "remote_port": "443",
        "protocol": "6",
        "action": "connect",
    }
    file = {"target_path": "/Users/ann/.main_storage", "action": "CREATED", "sha256": "e" * 64}
    data = lines(
        *(
            ABOUT | {"name": "pack/q", "action": "added", "columns": each}
            for each in (PROCESS, connection, file, {"version": "5"})
        )
    )
    assert told(data) == ["osquery"]
    found = read(READER, data)
    assert {name: len(rows) for name, rows in found.rows.items()} == {"process": 1, "network": 1, "file": 1, "other": 1}
    [process], [network], [changed], [other] = (found.rows[name] for name in ("process", "network", "file", "other"))
    assert (process["device"], process["pid"], process["command_line"]) == ("pc-7", 4711, "Phone -x")
    assert (process["image"], process["time"].isoformat()) == (
        "/applications/phone.app/contents/macos/phone",
        "2024-03-04T08:59:59",
    )
    assert (network["destination_ip"], network["destination_port"], network["protocol"]) == ("1.2.3.4", 443, "tcp")
    assert (changed["target"], changed["action"]) == ("/users/ann/.main_storage", "CREATED")
    assert (other["channel"], other["provider"]) == ("pack/q", "osquery")


def test_each_row_of_a_snapshot_and_of_a_batch_is_a_row(read: Any, lines: Any) -> None:
    snapshot = ABOUT | {"name": "s", "action": "snapshot", "snapshot": [PROCESS, PROCESS | {"pid": "2"}, "odd"]}
    batch = ABOUT | {"name": "b", "diffResults": {"added": [PROCESS], "removed": [PROCESS | {"pid": "3"}]}}
    found = read(READER, lines(snapshot, batch))
    assert [row["pid"] for row in found.all] == [4711, 2, 4711, 3]
    assert [row["record"] for row in found.all] == [1, 1, 2, 2]
    assert not found.rejected


def test_the_decorations_name_the_device_where_its_identifier_is_a_number(read: Any, lines: Any) -> None:
    row = read(
        READER,
        lines(
            {
                "name": "pack_x_process_events", "hostIdentifier": "4740D59F-699E-5B29-960B-979AAF9BBEEB",
                "calendarTime": "Mon Mar  4 09:00:00 2024 UTC", "unixTime": 1709542800, "epoch": 0, "counter": 1,
                "numerics": False, "decorations": {"host_uuid": "4740D59F", "hostname": "MAC-7", "username": "ann"},
                "columns": {"pid": "77", "path": "/bin/ls", "cmdline": "ls -l", "uid": "501", "time": "1709542790"},
                "action": "added",
            }
        ),
    ).only()  # fmt: skip
    assert (row["device"], row["image"], row["pid"]) == ("mac-7", "/bin/ls", 77)
    assert row["time"].isoformat() == "2024-03-04T08:59:50"
    assert "4740D59F" in row["rest"]
