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


def test_a_time_with_nanoseconds_is_read_to_the_microsecond(read: Any, lines: Any) -> None:
    event = {
        "schema_version": 1, "version": 7, "mach_time": 123456, "time": "2024-03-04T09:39:05.814694527Z",
        "global_seq_num": 1, "seq_num": 1, "event_type": 9, "action_type": 1,
        "process": {"audit_token": {"pid": 100, "euid": 501}, "ppid": 1, "executable": {"path": "/bin/zsh", "path_truncated": False}},
        "event": {"exec": {"target": {"audit_token": {"pid": 100, "euid": 501}, "ppid": 1, "team_id": None,
                                      "signing_id": "com.apple.ls", "executable": {"path": "/bin/ls", "path_truncated": False}},
                           "args": ["ls", "-l"], "cwd": {"path": "/Users/ann", "path_truncated": False}}},
    }  # fmt: skip
    row = read(READER, lines(event)).only()
    assert row["time"].isoformat() == "2024-03-04T09:39:05.814694"
    assert (row["image"], row["parent_image"], row["command_line"]) == ("/bin/ls", "/bin/zsh", "ls -l")
    assert (row["pid"], row["working_directory"], row["signer"]) == (100, "/users/ann", "com.apple.ls")
