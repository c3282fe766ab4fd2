from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.data.events import arrow_schema
from unrig.hunt.telemetry.nested_jsonl import READER

SYSMON = "Microsoft-Windows-Sysmon"
TIME = "2024-03-04T09:00:00.123456Z"
PROCESS = {"UtcTime": "2024-03-04 09:00:00.125", "Image": "C:\\A.EXE", "ProcessId": "7", "User": "CORP\\ann"}


def line(record: Any) -> bytes:
    return json.dumps(record).encode() + b"\n"


def xml(number: Any = 1, data: Any = None, provider: str = SYSMON, **system: Any) -> dict[str, Any]:
    """As evtx_dump writes it."""
    base = {
        "Provider": {"#attributes": {"Name": provider}},
        "EventID": number,
        "TimeCreated": {"#attributes": {"SystemTime": TIME}},
        "Execution": {"#attributes": {"ProcessID": 4}},
        "Channel": provider + "/Operational",
        "Computer": "PC-7.corp.example",
        "Security": {"#attributes": {"UserID": "S-1-5-18"}},
    }
    event = {"#attributes": {"xmlns": "x"}, "System": base | system, "EventData": PROCESS if data is None else data}
    return {"Event": event}


def apart() -> dict[str, Any]:
    """As evtx_dump writes it with attributes set apart."""
    return {
        "Event": {
            "System": {
                "Provider_attributes": {"Name": SYSMON},
                "EventID": "1",
                "TimeCreated_attributes": {"SystemTime": TIME},
                "Computer": "PC-7",
            },
            "EventData": PROCESS,
        }
    }


def xmltodict() -> dict[str, Any]:
    return {
        "Event": {
            "System": {
                "Provider": {"@Name": SYSMON},
                "EventID": {"@Qualifiers": "0", "#text": "1"},
                "TimeCreated": {"@SystemTime": TIME},
                "Computer": "PC-7",
            },
            "EventData": {"Data": [{"@Name": name, "#text": value} for name, value in PROCESS.items()]},
        }
    }


def velociraptor() -> dict[str, Any]:
    return {
        "System": {
            "Provider": {"Name": SYSMON, "Guid": "x"},
            "EventID": {"Value": 1},
            "TimeCreated": {"SystemTime": 1709542800.125},
            "Computer": "PC-7",
        },
        "EventData": {name: value for name, value in PROCESS.items() if name != "UtcTime"},
    }


def winlogbeat() -> dict[str, Any]:
    return {
        "@timestamp": TIME,
        "host": {"name": "pc-7"},
        "event": {"code": "1", "provider": SYSMON, "action": "Process Create (rule: ProcessCreate)"},
        "winlog": {
            "channel": SYSMON + "/Operational",
            "provider_name": SYSMON,
            "computer_name": "PC-7.corp.example",
            "event_data": PROCESS,
            "record_id": 99,
        },
    }


def winlogbeat_6() -> dict[str, Any]:
    return {
        "@timestamp": TIME,
        "event_id": 1,
        "source_name": SYSMON,
        "log_name": SYSMON + "/Operational",
        "computer_name": "PC-7",
        "event_data": PROCESS,
    }


def dotted() -> dict[str, Any]:
    return {
        "@timestamp": TIME,
        "event.code": 1,
        "winlog.provider_name": SYSMON,
        "host.name": "pc-7",
        **{f"winlog.event_data.{name}": value for name, value in PROCESS.items()},
    }


def search_hit() -> dict[str, Any]:
    return {"_index": "logs", "_id": "x", "_source": winlogbeat()}


@pytest.mark.parametrize(
    "shape",
    [xml, apart, xmltodict, velociraptor, winlogbeat, winlogbeat_6, dotted, search_hit],
    ids=lambda f: f.__name__,
)
def test_every_shape_gives_the_same_row(read: Any, shape: Any) -> None:
    data = line(shape())
    assert READER.told_by(data)
    row = read(READER, b"\n" + data).only()
    assert (row["image"], row["pid"], row["user"], row["device"]) == ("c:\\a.exe", 7, "CORP\\ann", "pc-7")
    assert (row["action"], row["record"], row["offset"]) == ("start", 2, 1)
    assert (row["time"].isoformat(), row["time_basis"]) == ("2024-03-04T09:00:00.125000", "device")


def moved() -> dict[str, Any]:
    """A Sysmon event whose fields a pipeline has moved into Elastic's schema."""
    return {
        "@timestamp": TIME,
        "host": {"name": "pc-7"},
        "event": {"code": "7", "category": ["process"], "type": ["change"], "ingested": TIME},
        "winlog": {"channel": SYSMON + "/Operational", "provider_name": SYSMON, "event_data": {"Company": "A"}},
        "process": {"executable": "C:\\A.exe", "pid": 7, "entity_id": "{AB}"},
        "dll": {"path": "C:\\D.dll", "hash": {"sha256": "A" * 64}, "code_signature": {"exists": True}},
        "user": {"name": "ann", "domain": "CORP"},
    }


def test_fields_that_a_pipeline_moved_are_found_where_the_schema_has_them(read: Any) -> None:
    found = read(READER, line(moved()))
    [row] = found.rows["module_load"]
    assert (row["image"], row["pid"], row["process_guid"], row["module"]) == ("c:\\a.exe", 7, "ab", "c:\\d.dll")
    assert (row["sha256"], row["signed"], row["company"], row["user"]) == ("a" * 64, True, "A", "CORP\\ann")
    assert row["time_basis"] == "device"


@pytest.mark.parametrize(
    ("event", "fields", "event_class", "expected"),
    [
        ({"category": ["process"], "type": ["start"]}, {"process": {"executable": "/a", "hash": {"sha256": "B" * 64}}},
         "process", {"image": "/a", "sha256": "b" * 64, "action": "start"}),
        ({"category": "process", "type": "end"}, {"process": {"executable": "/a"}}, "process", {"action": "stop"}),
        ({"category": ["library"], "type": ["start"]}, {"dll": {"path": "C:\\D.dll"}}, "module_load", {"module": "c:\\d.dll"}),
        ({"category": ["network"], "type": ["connection", "start"]},
         {"destination": {"ip": "1.2.3.4", "port": 443}, "network": {"transport": "tcp", "direction": "egress"}},
         "network", {"destination_ip": "1.2.3.4", "destination_port": 443, "protocol": "tcp", "initiated": True}),
        ({"category": ["network"], "type": ["connection", "protocol", "info"]},
         {"dns": {"question": {"name": "A.Example"}, "answers": [{"data": "1.2.3.4", "type": "A"}, {"data": "b"}]}},
         "dns", {"query": "a.example", "answer": "1.2.3.4;b"}),
        ({"category": ["file"], "type": ["creation"]}, {"file": {"path": "C:\\F"}}, "file", {"target": "c:\\f", "action": "create"}),
        ({"category": ["registry"], "type": ["change"]},
         {"registry": {"path": "HKLM\\A", "data": {"strings": ["x", "y"]}}}, "registry", {"target": "hklm\\a", "details": "x;y"}),
        ({"category": ["network", "web"], "type": ["info"]},
         {"http": {"request": {"method": "GET"}}, "url": {"domain": "A.example", "path": "/x"}},
         "http", {"host": "a.example", "url_path": "/x", "method": "get"}),
        ({"kind": "metric"}, {"system": {"load": 1}}, "other", {"device": "pc-7"}),
    ],
)  # fmt: skip
def test_events_of_the_agent_are_told_by_category_and_type(
    read: Any, event: Any, fields: Any, event_class: str, expected: Any
) -> None:
    record = {"@timestamp": TIME, "agent": {"type": "endpoint"}, "host": {"name": "PC-7"}, "event": event, **fields}
    found = read(READER, line(record))
    row = found.only()
    assert set(found.rows) == {event_class}
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize("said", [True, "true", "True", "%%14593", "outbound"])
def test_who_opened_a_connection_is_a_truth_value_however_it_is_written(read: Any, said: Any) -> None:
    record = winlogbeat()
    record["event"]["code"] = 3
    record["winlog"]["event_data"] = {"Initiated": said, "DestinationIp": "1.2.3.4"}
    expected = None if said == "%%14593" else True
    assert read(READER, line(record)).only()["initiated"] is expected


def test_security_events_fill_their_classes_in_either_shape(read: Any) -> None:
    data = {"TargetUserName": "Ann", "LogonType": "3", "IpAddress": "10.0.0.7"}
    audit = "Microsoft-Windows-Security-Auditing"
    beat = winlogbeat()
    beat["event"]["code"] = "4624"
    beat["winlog"] |= {"provider_name": audit, "channel": "Security", "event_data": data}
    for record in (xml("4624", data, audit), beat):
        [row] = read(READER, line(record)).rows["authentication"]
        assert (row["target_user"], row["logon_type"], row["source_ip"]) == ("ann", 3, "10.0.0.7")


def test_unnamed_data_and_wrapped_user_data_are_kept(read: Any) -> None:
    unnamed = xml(400, {"Data": {"#text": ["a", "b"]}}, "PowerShell")
    wrapped = xml(1102, None, "Microsoft-Windows-Eventlog")
    wrapped["Event"] |= {
        "EventData": None,
        "UserData": {"LogFileCleared": {"#attributes": {"xmlns": "y"}, "SubjectUserName": "ann"}},
    }
    first, second = (json.loads(row["rest"]) for row in read(READER, line(unnamed) + line(wrapped)).all)
    assert first["Data"] == ["a", "b"]
    assert second["SubjectUserName"] == "ann"


def test_an_events_own_fields_never_replace_what_the_system_says(read: Any) -> None:
    record = winlogbeat()
    record["winlog"] = {"event_data": {"Computer": "x", "Channel": "Security", "EventID": 4688}, **record["winlog"]}
    record["winlog"]["event_data"] = {"Computer": "x", "EventID": 4688} | PROCESS
    row = read(READER, line(record)).only()
    assert (row["device"], row["action"]) == ("pc-7", "start")
    assert json.loads(row["rest"])["winlog.event_data.Computer"] == "x"


def test_flat_and_foreign_objects_in_between_are_read_or_counted(read: Any) -> None:
    flat = {"EventID": 1, "Channel": SYSMON, "UtcTime": "2024-03-04 09:00:00", "Image": "C:\\A.exe"}
    data = line(xml()) + line(flat) + line({"hello": 1}) + b"{bad\n" + line(xml(TimeCreated=None, data={}))
    found = read(READER, data)
    assert len(found.rows["process"]) == 2
    assert found.reasons == {"NOT_AN_EVENT": 1, "NOT_JSON": 1, "NO_TIME": 1}


def test_deep_nesting_and_ten_megabytes_cost_one_record(read: Any) -> None:
    deep: dict[str, Any] = {"a": 1}
    for _ in range(60):
        deep = {"a": deep}
    huge = xml(data={"CommandLine": "x" * 10_000_000})
    found = read(READER, line(winlogbeat() | {"x": deep}) + line(huge) + line(xml()))
    assert len(found.all) == 2
    assert found.reasons == {"LINE_TOO_LONG": 1}


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (line(xml()), True),
        (b"\xef\xbb\xbf" + line(winlogbeat()), True),
        (b"noise\n" + line(dotted()), True),
        (b"[" + line(xml()), False),
        (line({"EventID": 1, "Channel": "x"}), False),
        (line({"@timestamp": TIME, "message": "x"}), False),
        (json.dumps(xml(), indent=1).encode(), False),
        (b"", False),
    ],
)
def test_a_source_is_told_by_its_content(head: bytes, told: bool) -> None:
    assert READER.told_by(head) is told


@settings(deadline=None)
@given(position=st.integers(0, 100_000), value=st.integers(1, 255))
def test_any_flipped_byte_costs_two_lines_at_most(read: Any, position: int, value: int) -> None:
    data = bytearray(line(xml()) + line(winlogbeat()) + line(moved()) + line(velociraptor()) + line(xmltodict()))
    data[position % len(data)] ^= value
    found = read(READER, bytes(data))
    assert len(found.all) >= 3
    assert len(found.all) + sum(found.reasons.values()) in {4, 5, 6}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(
            ["Event", "System", "EventData", "UserData", "Provider", "EventID", "#attributes", "#text", "Data", "Name",
             "@Name", "winlog", "event", "event_data", "code", "@timestamp", "category", "type", "_source", "SystemTime"]
        ), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(["Event", "System", "winlog", "event", "@timestamp", "_source", "EventID"]), JSON)
)
def test_any_values_anywhere_are_a_row_or_rejected(read: Any, record: dict[str, Any]) -> None:
    READER.told_by(line(record))
    found = read(READER, line(record))
    assert len(found.all) + sum(found.reasons.values()) == 1


def test_what_is_declared_as_filled_is_what_the_classes_have() -> None:
    for event_class, columns in READER.fills.items():
        assert columns <= set(arrow_schema(event_class).names)
    assert {"query", "answer"} <= READER.fills["dns"]
    assert {"host", "method"} <= READER.fills["http"]
