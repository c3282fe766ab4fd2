from __future__ import annotations

from typing import Any

from unrig.hunt.telemetry.eslogger import READER

PARENT = {
    "audit_token": {"pid": 80, "euid": 501},
    "executable": {"path": "/Applications/Phone.app/Contents/MacOS/Phone"},
    "team_id": "T1",
}
BASE = {"schema_version": 1, "time": "2024-03-04T09:00:00.125000000Z", "global_seq_num": 5, "process": PARENT}


def test_a_start_is_the_new_process_and_its_parent(read: Any, told: Any, lines: Any) -> None:
    target = {"audit_token": {"pid": 81, "euid": 501}, "ppid": 80, "executable": {"path": "/Users/ann/UpdateAgent"}, "signing_id": "payload2",
              "team_id": None}  # fmt: skip
    data = lines(BASE | {"event": {"exec": {"target": target, "args": ["UpdateAgent", "-x"], "cwd": {"path": "/"}}}})
    assert told(data) == ["eslogger"]
    row = read(READER, data).only()
    assert (row["image"], row["pid"], row["parent_pid"]) == ("/users/ann/updateagent", 81, 80)
    assert (row["parent_image"], row["command_line"]) == (
        "/applications/phone.app/contents/macos/phone",
        "UpdateAgent -x",
    )
    assert (row["signer"], row["device"], row["time"].isoformat()) == (
        "payload2",
        "source-s1",
        "2024-03-04T09:00:00.125000",
    )


def test_files_modules_and_the_rest_have_their_classes(read: Any, lines: Any) -> None:
    new = {"destination": {"new_path": {"dir": {"path": "/Users/ann"}, "filename": ".main_storage"}}}
    old = {"destination": {"existing_file": {"path": "/tmp/x"}}}
    events = [{"create": new}, {"create": old}, {"unlink": {"target": {"path": "/tmp/x"}}}, {"mmap": {"source": {"path": "/a.dylib"}}},
              {"open": {"file": {"path": "/Users/ann/Cookies"}}}, {"signal": {}}, {"exit": {"stat": 0}}]  # fmt: skip
    rows = read(READER, lines(*(BASE | {"event": event} for event in events)))
    assert [row["target"] for row in rows.rows["file"]] == [
        "/users/ann/.main_storage",
        "/tmp/x",
        "/tmp/x",
        "/users/ann/cookies",
    ]
    assert [row["action"] for row in rows.rows["file"]] == ["create", "create", "delete", "open"]
    assert rows.rows["module_load"][0]["module"] == "/a.dylib"
    assert rows.rows["other"][0]["channel"] == "signal"
    assert rows.rows["process"][0]["action"] == "stop"
