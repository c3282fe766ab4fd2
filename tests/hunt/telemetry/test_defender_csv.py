from __future__ import annotations

import gzip
from typing import Any

import pytest

from unrig.hunt.telemetry.defender_csv import READER

NAMES = ("Timestamp", "DeviceName", "ActionType", "FileName", "FolderPath", "SHA256", "ProcessCommandLine", "InitiatingProcessFileName",
         "InitiatingProcessFolderPath", "RemoteIP", "RemotePort", "RemoteUrl", "RegistryKey", "RegistryValueName", "RegistryValueData",
         "AdditionalFields", "ReportId")  # fmt: skip
PHONE = {"InitiatingProcessFileName": "Phone.exe", "InitiatingProcessFolderPath": "c:\\program files\\phone\\phone.exe"}


def table(*rows: dict[str, str], names: tuple[str, ...] = NAMES) -> bytes:
    base = {"Timestamp": "2024-03-04T09:00:00.1234567Z", "DeviceName": "pc-7.corp.example"} | PHONE
    quoted = ([(base | row).get(name, "").replace('"', '""') for name in names] for row in rows)
    return (
        "\r\n".join([",".join(names), *(",".join(f'"{value}"' for value in row) for row in quoted)]) + "\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("fields", "event_class", "expected"),
    [
        ({"ActionType": "ProcessCreated", "FileName": "cmd.exe", "FolderPath": "C:\\Windows\\System32\\cmd.exe", "SHA256": "A" * 64,
          "ProcessCommandLine": 'cmd "/c" x'}, "process",
         {"image": "c:\\windows\\system32\\cmd.exe", "command_line": 'cmd "/c" x', "parent_image": "c:\\program files\\phone\\phone.exe", "sha256": "a" * 64}),
        ({"ActionType": "ImageLoaded", "FileName": "ffmpeg.dll", "FolderPath": "C:\\Program Files\\Phone"}, "module_load",
         {"module": "c:\\program files\\phone\\ffmpeg.dll", "image": "c:\\program files\\phone\\phone.exe"}),
        ({"ActionType": "ConnectionSuccess", "RemoteIP": "1.2.3.4", "RemotePort": "443", "RemoteUrl": "https://A.example/x"}, "network",
         {"destination_host": "a.example", "destination_ip": "1.2.3.4", "destination_port": 443, "initiated": True}),
        ({"ActionType": "InboundConnectionAccepted", "RemoteUrl": ""}, "network", {"destination_host": None, "initiated": False}),
        ({"ActionType": "FileCreated", "FileName": "x.dll", "FolderPath": "C:\\T\\x.dll"}, "file", {"target": "c:\\t\\x.dll", "action": "create"}),
        ({"ActionType": "RegistryValueSet", "RegistryKey": "HKLM\\Run", "RegistryValueName": "x", "RegistryValueData": "y"}, "registry",
         {"target": "hklm\\run\\x", "details": "y", "action": "setvalue"}),
        ({"ActionType": "DnsQueryResponse", "AdditionalFields": '{"DnsQueryString":"A.example"}'}, "dns", {"query": "a.example"}),
        ({"ActionType": "PowerShellCommand", "AdditionalFields": '{"Command":"Get-X"}'}, "script", {"text": "Get-X"}),
        ({"ActionType": "NamedPipeEvent", "AdditionalFields": "{bad"}, "pipe", {"pipe": None}),
        ({"ActionType": "AntivirusScanCompleted"}, "other", {"channel": "antivirusscancompleted"}),
    ],
)  # fmt: skip
def test_each_action_fills_its_class(read: Any, told: Any, fields: Any, event_class: str, expected: Any) -> None:
    data = table(fields)
    assert told(data) == ["defender-csv"]
    found = read(READER, data)
    assert set(found.rows) == {event_class}
    row = found.only()
    assert {name: row[name] for name in expected} == expected
    assert (row["device"], row["time"].isoformat(), row["record"]) == ("pc-7", "2024-03-04T09:00:00.123456", 2)


def test_rows_over_several_lines_keep_their_places(read: Any) -> None:
    data = table(
        {"ActionType": "ProcessCreated", "ProcessCommandLine": 'a\nb,\n"c"'},
        {"ActionType": "ProcessCreated", "ReportId": "2"},
    )
    first, second = read(READER, b"\xef\xbb\xbf" + data).all
    assert (first["command_line"], first["record"], second["record"]) == ('a\nb,\n"c"', 2, 5)
    assert (b"\xef\xbb\xbf" + data)[second["offset"] :].startswith(b'"2024')
    assert [row["command_line"] for row in read(READER, gzip.compress(data)).all] == [first["command_line"], None]


def test_rows_that_do_not_fit_are_counted_and_the_rest_is_read(read: Any) -> None:
    good = {"ActionType": "ProcessCreated"}
    data = table(good) + b"1,2\r\n" + table(good).split(b"\r\n", 1)[1] + table(good) + b'"open, never closed\r\n' * 1
    found = read(READER, data)
    assert len(found.all) == 3
    assert found.reasons == {"NOT_A_ROW": 2}


def test_times_as_the_portal_writes_them_for_people(read: Any) -> None:
    row = read(READER, table({"ActionType": "ProcessCreated", "Timestamp": "Mar 4, 2024 9:00:00 AM"})).only()
    assert row["time"].isoformat() == "2024-03-04T09:00:00"
