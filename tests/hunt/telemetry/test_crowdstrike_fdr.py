from __future__ import annotations

from typing import Any

import pytest

from unrig.hunt.telemetry.crowdstrike_fdr import READER

BASE = {"aid": "a1b2", "ComputerName": "PC-7", "timestamp": "1709542800500", "ContextTimeStamp": "1709542800.125"}
START = BASE | {
    "event_simpleName": "ProcessRollup2", "TargetProcessId": "900", "ParentProcessId": "800", "RawProcessId": "4711",
    "ImageFileName": "\\Device\\HarddiskVolume3\\Program Files\\Phone\\Phone.exe", "ParentBaseFileName": "Update.exe",
    "CommandLine": "Phone.exe -x", "SHA256HashData": "C" * 64, "UserSid": "S-1-5-21",
}  # fmt: skip


def test_a_process_start_fills_its_columns(read: Any, told: Any, lines: Any) -> None:
    data = lines(START)
    assert told(data) == ["crowdstrike-fdr"]
    row = read(READER, data).only()
    assert (row["device"], row["image"][-9:], row["sha256"], row["pid"]) == ("pc-7", "phone.exe", "c" * 64, 4711)
    assert (row["process_guid"], row["parent_guid"], row["parent_image"], row["action"]) == (
        "900",
        "800",
        "update.exe",
        "start",
    )
    assert (row["time"].isoformat(), row["user"]) == ("2024-03-04T09:00:00.125000", "S-1-5-21")


@pytest.mark.parametrize(
    ("name", "fields", "event_class", "expected"),
    [
        ("DnsRequest", {"DomainName": "A.example", "IP4Records": "1.1.1.1;", "ContextBaseFileName": "Phone.exe"}, "dns",
         {"query": "a.example", "image": "phone.exe"}),
        ("NetworkConnectIP4", {"RemoteAddressIP4": "1.2.3.4", "RemotePort": "443", "Protocol": "6", "ConnectionDirection": "0"},
         "network", {"destination_ip": "1.2.3.4", "destination_port": 443, "protocol": "tcp", "initiated": True}),
        ("ClassifiedModuleLoad", {"ImageFileName": "\\x\\ffmpeg.dll", "SHA256HashData": "d" * 64, "TargetProcessId": "9"},
         "module_load", {"module": "\\x\\ffmpeg.dll", "sha256": "d" * 64, "process_guid": "9"}),
        ("PeFileWritten", {"TargetFileName": "\\x\\a.dll", "ContextProcessId": "9"}, "file", {"target": "\\x\\a.dll", "action": "create"}),
        ("SomeNewFileWritten", {"TargetFileName": "\\x\\b"}, "file", {"action": "create"}),
        ("AsepValueUpdate", {"RegObjectName": "HKLM\\Run", "RegValueName": "x", "RegStringValue": "y.exe"}, "registry",
         {"target": "hklm\\run\\x", "details": "y.exe", "action": "setvalue"}),
        ("UserLogon", {"UserName": "Ann", "LogonType": "10", "RemoteAddressIP4": "10.0.0.9"}, "authentication",
         {"target_user": "ann", "logon_type": 10, "action": "logon"}),
        ("EndOfProcess", {"TargetProcessId": "900"}, "process", {"process_guid": "900", "action": "stop"}),
        ("SensorHeartbeat", {}, "other", {"channel": "sensorheartbeat", "provider": "crowdstrike-fdr"}),
    ],
)  # fmt: skip
def test_each_event_fills_its_class(  # noqa: PLR0917
    read: Any, lines: Any, name: str, fields: Any, event_class: str, expected: Any
) -> None:
    found = read(READER, lines(BASE | {"event_simpleName": name} | fields))
    assert set(found.rows) == {event_class}
    assert {key: found.only()[key] for key in expected} == expected


def test_names_as_splunk_exports_them_and_devices_without_a_name(read: Any, lines: Any) -> None:
    record = {
        "event_simpleName": "ProcessRollup2",
        "aid": "A1B2",
        "timestamp": 1709542800500,
        "TargetProcessId_decimal": "900",
    }
    row = read(READER, lines(record)).only()
    assert (row["process_guid"], row["device"], row["time"].isoformat()) == (
        "900",
        "a1b2",
        "2024-03-04T09:00:00.500000",
    )


def test_an_event_without_a_time_is_rejected(read: Any, lines: Any) -> None:
    found = read(READER, lines({"event_simpleName": "X", "aid": "1", "timestamp": "soon"}, START))
    assert (len(found.all), found.reasons) == (1, {"NO_TIME": 1})


def test_events_as_the_replicator_writes_them(read: Any, lines: Any) -> None:
    """All values are text; names of the sensor's events of 2025."""
    shared = {
        "aid": "a" * 32,
        "cid": "c" * 32,
        "aip": "198.51.100.7",
        "event_platform": "Win",
        "timestamp": "1743508799999",
    }
    start = shared | {
        "event_simpleName": "ProcessRollup2", "name": "ProcessRollup2V19", "ComputerName": "FIN-WS-0142",
        "ImageFileName": "\\Device\\HarddiskVolume3\\Windows\\System32\\cmd.exe", "CommandLine": "cmd.exe /c dir",
        "ParentBaseFileName": "WINWORD.EXE", "ParentProcessId": "289734651298", "TargetProcessId": "289741187433",
        "RawProcessId": "7412", "ProcessStartTime": "1743508662.402", "SHA256HashData": "9" * 64, "UserSid": "S-1-5-21-1",
    }  # fmt: skip
    query = shared | {
        "event_simpleName": "DnsRequest", "ContextTimeStamp": "1743508744.996", "ContextProcessId": "289741187433",
        "ContextBaseFileName": "cmd.exe", "DomainName": "A.example", "RequestType": "1", "FirstIP4Record": "203.0.113.9",
    }  # fmt: skip
    rename = shared | {
        "event_simpleName": "FileRenameInfo", "ContextTimeStamp": "1743508745.5", "TargetFileName": "\\Device\\a.exe",
        "SourceFileName": "\\Device\\a.tmp", "ContextProcessId": "1",
    }  # fmt: skip
    found = read(READER, lines(start, query, rename))
    [process], [asked], [renamed] = found.rows["process"], found.rows["dns"], found.rows["file"]
    assert (process["device"], process["pid"], process["process_guid"]) == ("fin-ws-0142", 7412, "289741187433")
    assert (process["parent_image"], process["sha256"]) == ("winword.exe", "9" * 64)
    assert process["time"].isoformat() == "2025-04-01T11:57:42.402000"
    assert (asked["query"], asked["answer"], asked["image"]) == ("a.example", "203.0.113.9", "cmd.exe")
    assert (asked["process_guid"], asked["time"].isoformat()) == ("289741187433", "2025-04-01T11:59:04.996000")
    assert (renamed["action"], renamed["target"], renamed["device"]) == ("rename", "\\device\\a.exe", "a" * 32)
