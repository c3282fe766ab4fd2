from __future__ import annotations

import gzip
import json
import random
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.data.events import arrow_schema
from unrig.hunt.ingest import ingest
from unrig.hunt.tasks import LIMITS, PRELOAD
from unrig.hunt.telemetry.evtx import READER
from unrig.model.problem import ProblemKind
from unrig.sandbox.pool import Pool
from unrig.store.event_tables import EventTables

SECURITY = ("Microsoft-Windows-Security-Auditing", "Security")


def test_a_process_start_of_sysmon_fills_its_columns_and_keeps_its_place(read: Any, event_log: Any) -> None:
    log = event_log().sysmon(22, QueryName="A.Example", QueryStatus="0")
    log.sysmon(
        1,
        Image="C:\\A\\B.EXE",
        ParentImage="C:\\P.exe",
        CommandLine="B.EXE -X",
        Hashes=f"MD5={'B' * 32},SHA256={'C' * 64}",
        ProcessGuid="{5AA13A44-0C90-68FC-BF1D-000000004002}",
        ProcessId="4711",
        User="CORP\\Ann",
    )
    found = read(READER, log.bytes())
    assert not found.rejected
    row = found.rows["process"][0]
    assert (row["image"], row["parent_image"], row["command_line"]) == ("c:\\a\\b.exe", "c:\\p.exe", "B.EXE -X")
    assert (row["sha256"], row["md5"], row["pid"]) == ("c" * 64, "b" * 32, 4711)
    assert (row["user"], row["device"], row["action"]) == ("CORP\\Ann", "pc-7", "start")
    assert row["process_guid"] == "5aa13a44-0c90-68fc-bf1d-000000004002"
    assert (row["source"], row["record"], row["offset"]) == ("s1", 2, log.places[1])
    assert (row["time"].isoformat(), row["time_basis"]) == ("2024-03-04T09:00:01.125000", "device")
    assert found.rows["dns"][0]["query"] == "a.example"


@pytest.mark.parametrize(
    ("number", "origin", "data", "event_class", "expected"),
    [
        (
            4688,
            SECURITY,
            {"NewProcessName": "C:\\A.exe", "NewProcessId": "0x1f", "ProcessId": "0x10", "ParentProcessName": "C:\\P.exe"},
            "process",
            {"image": "c:\\a.exe", "pid": 31, "parent_pid": 16, "parent_image": "c:\\p.exe", "action": "start"},
        ),
        (4689, SECURITY, {"ProcessName": "C:\\A.exe", "ProcessId": "0x1f"}, "process", {"pid": 31, "action": "stop"}),
        (
            4624,
            SECURITY,
            {"TargetUserName": "Ann", "LogonType": "3", "IpAddress": "10.0.0.7", "WorkstationName": "-"},
            "authentication",
            {"target_user": "ann", "logon_type": 3, "source_ip": "10.0.0.7", "source_device": None, "action": "logon"},
        ),
        (
            4625,
            SECURITY,
            {"TargetUserName": "Ann", "Status": "0xC000006D"},
            "authentication",
            {"result": "0xc000006d", "action": "failure"},
        ),
        (
            4697,
            SECURITY,
            {"ServiceName": "S", "ServiceFileName": "C:\\S.exe", "ServiceStartType": "2"},
            "service",
            {"name": "s", "program": "c:\\s.exe", "start_type": "auto start", "action": "install"},
        ),
        (
            7045,
            ("Service Control Manager", "System"),
            {"ServiceName": "S", "ImagePath": "C:\\S.exe", "StartType": "auto start", "AccountName": "LocalSystem"},
            "service",
            {"name": "s", "program": "c:\\s.exe", "start_type": "auto start", "account": "localsystem"},
        ),
        (
            4104,
            ("Microsoft-Windows-PowerShell", "Microsoft-Windows-PowerShell/Operational"),
            {"ScriptBlockText": "Get-Item X", "ScriptBlockId": "A-B", "Path": "C:\\X.ps1"},
            "script",
            {"text": "Get-Item X", "script_id": "a-b", "path": "c:\\x.ps1", "user": "S-1-5-18", "action": "block"},
        ),
        (
            4103,
            ("Microsoft-Windows-PowerShell", "Microsoft-Windows-PowerShell/Operational"),
            {"Payload": "CommandInvocation", "ContextInfo": "x"},
            "script",
            {"text": "CommandInvocation", "action": "command"},
        ),
        (
            5156,
            SECURITY,
            {"Application": "\\device\\A.exe", "DestAddress": "1.2.3.4", "DestPort": "443", "Protocol": "6",
             "Direction": "%%14593", "ProcessID": "77"},
            "network",
            {"destination_ip": "1.2.3.4", "destination_port": 443, "protocol": "tcp", "initiated": True, "pid": 77},
        ),
        (
            4657,
            SECURITY,
            {"ObjectName": "\\REGISTRY\\Run", "ObjectValueName": "Up", "NewValue": "C:\\A.exe"},
            "registry",
            {"target": "\\registry\\run\\up", "details": "C:\\A.exe"},
        ),
        (
            4698,
            SECURITY,
            {"TaskName": "\\T", "TaskContent": "<Task/>"},
            "other",
            {"event_id": 4698, "channel": "security", "provider": "microsoft-windows-security-auditing"},
        ),
    ],
)  # fmt: skip
def test_events_of_windows_own_logs_fill_their_classes(  # noqa: PLR0917  (the columns of a table)
    read: Any,
    event_log: Any,
    number: int,
    origin: tuple[str, str],
    data: dict[str, str],
    event_class: str,
    expected: Any,
) -> None:
    found = read(READER, event_log().event(number, *origin, **data).bytes())
    row = found.only()
    assert set(found.rows) == {event_class}
    assert {name: row[name] for name in expected} == expected
    assert row["time"].isoformat() == "2024-03-04T09:00:00.123456"


def test_who_did_it_is_a_domain_and_a_name_and_what_is_empty_leaves_no_backslash(read: Any, event_log: Any) -> None:
    log = event_log()
    for domain, name in (("CORP", "ann"), ("-", "ann"), ("-", "-")):
        log.event(4688, *SECURITY, NewProcessName="a", SubjectUserName=name, SubjectDomainName=domain)
    assert [row["user"] for row in read(READER, log.bytes()).all] == ["CORP\\ann", "ann", None]


def test_defenders_source_name_is_its_own_field_and_no_provider(read: Any, event_log: Any) -> None:
    log = event_log().event(
        1116,
        "Microsoft-Windows-Windows Defender",
        "Microsoft-Windows-Windows Defender/Operational",
        **{"Source Name": "AMSI"},
    )
    row = read(READER, log.bytes()).only()
    assert row["provider"] == "microsoft-windows-windows defender"
    assert json.loads(row["rest"])["Source Name"] == "AMSI"


def test_a_forwarded_event_is_what_its_provider_says_and_from_its_own_computer(read: Any, event_log: Any) -> None:
    log = event_log()
    log.event(1, "Microsoft-Windows-Sysmon", "ForwardedEvents", Image="C:\\A.exe", computer="PC-1.corp.example")
    log.event(4688, SECURITY[0], "ForwardedEvents", NewProcessName="C:\\B.exe", computer="PC-2")
    rows = read(READER, log.bytes()).rows["process"]
    assert sorted((row["image"], row["device"]) for row in rows) == [("c:\\a.exe", "pc-1"), ("c:\\b.exe", "pc-2")]


def test_an_events_own_fields_never_replace_the_systems(read: Any, event_log: Any) -> None:
    log = event_log().event(4688, *SECURITY, Computer="other", EventID="1", Channel="x", NewProcessName="C:\\A.exe")
    row = read(READER, log.bytes()).only()
    rest = json.loads(row["rest"])
    assert (row["device"], row["action"]) == ("pc-7", "start")
    assert (rest["EventData_Computer"], rest["EventData_EventID"], rest["Execution_ProcessID"]) == ("other", "1", "4")


def many(event_log: Any, count: int = 300) -> Any:
    log = event_log()
    for number in range(count):
        log.sysmon(1, Image=f"C:\\{number}.exe", CommandLine="x" * 100)
    return log


def test_chunks_are_read_one_by_one_and_rows_point_at_their_records(read: Any, event_log: Any) -> None:
    log = many(event_log)
    data = log.bytes()
    found = read(READER, data)
    assert len(data) > 4 * 65536
    assert not found.rejected
    assert [row["offset"] for row in found.all] == log.places
    assert [row["record"] for row in found.all] == list(range(1, 301))
    for row in found.all:
        assert data[row["offset"] : row["offset"] + 4] == b"**\0\0"
        assert struct.unpack_from("<Q", data, row["offset"] + 8) == (row["record"],)
    assert [row["image"] for row in read(READER, gzip.compress(data)).all] == [row["image"] for row in found.all]


def test_a_lost_chunk_and_a_lost_file_header_cost_nothing_else(read: Any, event_log: Any) -> None:
    log = many(event_log)
    data = bytearray(log.bytes())
    data[:4096] = random.Random(1).randbytes(4096)
    assert READER.told_by(bytes(data))
    assert len(read(READER, bytes(data)).all) == 300
    data[4096 + 65536 : 4096 + 65536 + 8] = b"garbage!"
    found = read(READER, bytes(data))
    lost = sum(4096 + 65536 <= place < 4096 + 2 * 65536 for place in log.places)
    assert len(found.all) == 300 - lost
    assert found.reasons == {"CHUNK_DAMAGED": 1}
    assert found.rejected[0].offset == 4096 + 65536


def test_a_record_whose_size_was_damaged_costs_itself_at_most(read: Any, event_log: Any) -> None:
    log = many(event_log)
    data = bytearray(log.bytes())
    for place in (log.places[7], log.places[9]):
        data[place + 4 : place + 8] = b"\xff\xff\xff\x7f"
    found = read(READER, bytes(data))
    assert len(found.all) == 298
    assert found.reasons == {"CHECKSUM": 1, "RECORD_DAMAGED": 2}


def test_records_that_do_not_decode_are_counted_with_the_place_of_the_first(read: Any, event_log: Any) -> None:
    log = many(event_log, 20)
    data = bytearray(log.bytes())
    for number in (3, 5):
        data[log.places[number] + 24 : log.places[number] + 40] = b"\xee" * 16
    found = read(READER, bytes(data))
    assert [row["record"] for row in found.all] == [each for each in range(1, 21) if each not in (4, 6)]
    [damaged] = [each for each in found.rejected if each.reason.name == "RECORD_DAMAGED"]
    assert (damaged.count, damaged.record, damaged.offset) == (2, 4, log.places[3])


@pytest.mark.parametrize("keep", [5000, 4096 + 65536 + 100, 4096 + 65536 + 20_000, 4096 + 3 * 65536 - 1])
def test_a_cut_log_keeps_what_came_before_the_cut(read: Any, event_log: Any, keep: int) -> None:
    log = many(event_log)
    found = read(READER, log.bytes()[:keep])
    assert "CUT" in found.reasons
    whole = [place for place in log.places if place < keep]
    assert len(whole) - 1 <= len(found.all) <= len(whole)


def test_an_altered_value_is_read_but_the_checksum_tells(read: Any, event_log: Any) -> None:
    data = event_log().sysmon(1, Image="C:\\good.exe").bytes()
    altered = data.replace("good".encode("utf-16-le"), "evil".encode("utf-16-le"))
    found = read(READER, altered)
    assert found.all[0]["image"] == "c:\\evil.exe"
    assert found.reasons == {"CHECKSUM": 1}


def test_an_impossible_time_in_a_records_header_costs_no_other_record(read: Any, event_log: Any) -> None:
    log = many(event_log, 30)
    data = bytearray(log.bytes())
    data[log.places[1] + 16 : log.places[1] + 24] = b"\xff" * 8
    found = read(READER, bytes(data))
    assert [row["record"] for row in found.all] == list(range(1, 31))


def test_a_circle_in_a_chunks_tables_is_no_endless_loop(read: Any, event_log: Any, seal: Any) -> None:
    data = bytearray(many(event_log, 20).bytes())
    chunk = data[4096:]
    name_at = chunk.index(struct.pack("<IHH", 0, 0, 5) + "Event".encode("utf-16-le"))
    table_at = 148  # one of the entries of the table of names, which leads to the name, which leads back
    struct.pack_into("<I", chunk, name_at, table_at)
    struct.pack_into("<I", chunk, table_at, name_at)
    free = struct.unpack_from("<I", chunk, 48)[0]
    assert len(read(READER, bytes(data[:4096]) + seal(chunk[:free])).all) == 20


def test_equal_record_numbers_and_too_large_ones_are_counted(read: Any, event_log: Any, seal: Any) -> None:
    log = many(event_log, 4)
    chunk = bytearray(log.bytes()[4096:])
    free = struct.unpack_from("<I", chunk, 48)[0]
    struct.pack_into("<Q", chunk, log.places[1] - 4096 + 8, 1)
    struct.pack_into("<Q", chunk, log.places[2] - 4096 + 8, 1 << 63)
    found = read(READER, bytes(4096) + seal(chunk[:free]))
    assert len(found.all) == 2
    assert sum(found.reasons.values()) >= 2


@settings(max_examples=150, deadline=None)
@given(position=st.integers(0, 30_000), value=st.integers(1, 255))
def test_any_flipped_byte_is_rows_or_rejected(read: Any, event_log: Any, position: int, value: int) -> None:
    log = many(event_log, 30)
    data = bytearray(log.bytes())
    data[4096 + position % (len(data) - 4096 if position < 600 else 30_000)] ^= value
    found = read(READER, bytes(data))
    assert len(found.all) >= 28 or found.reasons.get("CHUNK_DAMAGED")
    lost = sum(count for name, count in found.reasons.items() if name == "RECORD_DAMAGED")
    assert len(found.all) + lost >= 30 or found.reasons


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=6000), st.booleans())
def test_any_bytes_are_rows_or_rejected(read: Any, noise: bytes, start: bool) -> None:
    READER.told_by(noise)
    read(READER, bytes(4096) + b"ElfChnk\0" + noise if start else noise)


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (b"ElfFile\0" + bytes(5000), True),
        (bytes(4096) + b"ElfChnk\0", True),
        (b"ElfChnk\0", False),
        (b"", False),
        (b'{"EventID": 1}', False),
    ],
)
def test_a_log_is_told_by_its_content(head: bytes, told: bool) -> None:
    assert READER.told_by(head) is told


def test_a_sealed_worker_reads_a_log_of_any_name(event_log: Any, tables: EventTables, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(many(event_log).bytes()[:-100_000])
    with Pool(PRELOAD, LIMITS, jobs=1) as pool:
        found = ingest([str(path)], tables, pool)
        assert pool.layers.missing == ()
    [source] = found.sources
    assert (source.kind, source.rejected) == ("evtx", 1)  # the record that the cut went through
    assert source.rows > 100
    assert [problem.kind for problem in found.problems] == [ProblemKind.DAMAGED] * 2
    assert {problem.effect for problem in found.problems} == {
        "what could be decoded there was read",
        "these records were not looked at, all others were",
    }


def test_a_lead_finds_in_a_log_what_it_finds_in_its_export(event_log: Any, log: Any, tmp_path: Path, kit: Any) -> None:
    module = "C:\\Phone\\media.dll"
    hashes = f"SHA256={kit.sha('A')}"
    made = event_log().sysmon(22, QueryName="x").sysmon(7, ImageLoaded=module, Image=kit.phone, Hashes=hashes)
    (tmp_path / "binary").write_bytes(made.bytes())
    log.load(0, "pc-7", module, kit.sha("a"))
    leads = [kit.hash_lead(kit.sha("a"))]
    [seen] = kit.run(str(tmp_path / "binary"), leads=leads).sightings
    [exported] = kit.run(log.write(tmp_path / "export"), leads=leads).sightings
    assert (seen.device, seen.detail, seen.severity) == (exported.device, exported.detail, exported.severity)
    assert [(row.record, row.offset) for row in seen.rows] == [(2, made.places[1])]


def test_what_is_declared_as_filled_is_what_the_classes_have() -> None:
    for event_class, columns in READER.fills.items():
        assert columns <= set(arrow_schema(event_class).names)
    assert {"image", "sha256", "device"} <= READER.fills["process"]
    assert {"text", "user"} <= READER.fills["script"]
    assert {"name", "program"} <= READER.fills["service"]


def test_real_logs_give_every_record(read: Any, corpus: Any) -> None:
    rows = files = named = 0
    for name, data in corpus("evtx-to-mitre.tar.xz", ".evtx"):
        found = read(READER, data)
        assert not found.rejected, name
        files += 1
        rows += len(found.all)
        named += sum(bool(row["device"]) for row in found.all)
    assert (files, rows) == (281, 10_015)
    assert named == rows
