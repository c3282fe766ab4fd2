from __future__ import annotations

import itertools
import json
import os
import tempfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.data.events import arrow_schema
from unrig.hunt import pending
from unrig.hunt.streams import MAX_LINE, Reason, Rejected, Stream
from unrig.hunt.telemetry.sysmon_jsonl import READER


def read(
    data: bytes, start: int = 0, end: int = 1 << 40, **options: Any
) -> tuple[dict[str, list[Any]], list[Rejected]]:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        stream = Stream(descriptor=file.fileno(), source="s1", start=start, end=end, layers=options.get("layers", ()))
        rows: dict[str, list[Any]] = {}
        rejected = []
        for found in READER.read(stream):
            if isinstance(found, Rejected):
                rejected.append(found)
            else:
                assert found.rows.schema.equals(arrow_schema(found.event_class), check_metadata=True)
                found.rows.validate(full=True)
                rows.setdefault(found.event_class, []).extend(found.rows.to_pylist())
    return rows, rejected


def event(**fields: Any) -> bytes:
    base = {"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "UtcTime": "2024-03-04 09:00:00.125"}
    return json.dumps(base | {"Computer": "PC-7.corp.example"} | fields).encode() + b"\n"


def one(data: bytes) -> dict[str, Any]:
    rows, rejected = read(data)
    assert not rejected
    [[row]] = rows.values()
    return dict(row)


def test_a_process_start_fills_its_columns_and_keeps_its_place() -> None:
    first = event(EventID=3, DestinationHostname="A.Example")
    second = event(
        Image="C:\\A\\B.EXE",
        ParentImage="C:\\P.exe",
        CommandLine="B.EXE -X",
        Hashes=f"SHA1={'A' * 40},MD5={'B' * 32},SHA256={'C' * 64},IMPHASH={'D' * 32}",
        ProcessId="4711",
        User="CORP\\Ann",
    )
    rows, _ = read(first + second)
    row = rows["process"][0]
    assert (row["image"], row["parent_image"], row["command_line"]) == ("c:\\a\\b.exe", "c:\\p.exe", "B.EXE -X")
    assert (row["sha256"], row["sha1"], row["md5"], row["imphash"]) == ("c" * 64, "a" * 40, "b" * 32, "d" * 32)
    assert (row["pid"], row["user"], row["device"], row["action"]) == (4711, "CORP\\Ann", "pc-7", "start")
    assert (row["source"], row["record"], row["offset"]) == ("s1", 2, len(first))
    assert (row["time"].isoformat(), row["time_basis"]) == ("2024-03-04T09:00:00.125000", "device")
    assert rows["network"][0]["destination_host"] == "a.example"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1, "process"), (5, "process"), (25, "process"), (7, "module_load"), (10, "process_access"), (3, "network"),
        (11, "file"), (15, "file"), (23, "file"), (26, "file"), (12, "registry"), (13, "registry"), (14, "registry"),
        (17, "pipe"), (18, "pipe"), (22, "dns"), (6, "driver"), (19, "wmi"), (255, "other"), (999, "other"),
    ],
)  # fmt: skip
def test_event_ids_map_to_classes_as_numbers_and_as_text(number: int, expected: str) -> None:
    rows, _ = read(event(EventID=number) + event(EventID=str(number)))
    assert {name: len(found) for name, found in rows.items()} == {expected: 2}


def test_the_events_of_other_providers_are_not_taken_for_sysmons() -> None:
    row = one(event(Channel="Security", EventID=1, SubjectUserName="ann"))
    assert (row["channel"], row["event_id"], row["provider"], row["action"]) == ("security", 1, None, "")
    assert json.loads(row["rest"])["SubjectUserName"] == "ann"


@pytest.mark.parametrize(("given_", "expected"), [(True, True), ("true", True), ("False", False), ("maybe", None)])
def test_truth_comes_as_json_and_as_words(given_: object, expected: object) -> None:
    assert one(event(EventID=7, Signed=given_))["signed"] is expected


@pytest.mark.parametrize(
    ("fields", "time", "basis"),
    [
        ({"UtcTime": "2024-03-04 09:00:00.1234567"}, "2024-03-04T09:00:00.123456", "device"),
        ({"UtcTime": None, "@timestamp": "2024-03-04T09:00:00Z"}, "2024-03-04T09:00:00", "server"),
        ({"UtcTime": "-", "TimeCreated": "2024-03-04T11:00:00+02:00"}, "2024-03-04T09:00:00", "device"),
        ({"UtcTime": 7, "EventTime": "2024-03-04 09:00:00"}, "2024-03-04T09:00:00", "stated"),
    ],
)
def test_times_come_in_many_forms_and_say_whose_clock(fields: dict[str, Any], time: str, basis: str) -> None:
    row = one(event(**fields))
    assert (row["time"].isoformat(), row["time_basis"]) == (time, basis)


def test_unknown_fields_are_kept_as_json_whatever_the_layout() -> None:
    lines = event(Zeta=[1, {"a": None}], RuleName="r") + event(Alpha="é\u0000")
    rows, _ = read(lines)
    first, second = (json.loads(row["rest"]) for row in rows["process"])
    assert (first["Zeta"], first["RuleName"], "Image" in first) == ([1, {"a": None}], "r", False)
    assert second == {"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Alpha": "é\x00"}


def test_more_layouts_than_are_kept_apart_give_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = b"".join(event(**{f"F{number % 40}": number, "Image": f"I{number}"}) for number in range(80))
    apart, _ = read(lines)
    monkeypatch.setattr(pending, "MAX_LAYOUTS", 3)
    mixed, _ = read(lines)
    assert sorted(apart["process"], key=lambda row: row["record"]) == sorted(
        mixed["process"], key=lambda row: row["record"]
    )
    assert [row["record"] for row in sorted(mixed["process"], key=lambda row: row["record"])] == list(range(1, 81))


def test_values_of_the_wrong_kind_become_null_or_text_never_an_error() -> None:
    row = one(event(Image=["C:\\A"], ProcessId="many", CommandLine=True, ParentImage={"a": 1}, User=12.5))
    assert (row["image"], row["pid"], row["command_line"]) == ('["c:\\\\a"]', None, "true")
    assert (row["parent_image"], row["user"]) == ('{"a":1}', "12.5")
    assert one(event(ProcessId=1 << 70))["pid"] is None
    assert one(event(ProcessId="0x1f"))["pid"] == 31
    assert one(event(Hashes="SHA256=xyz,MD5="))["sha256"] is None
    assert one(event(Hashes="A" * 64))["sha256"] == "a" * 64


BAD = {
    Reason.NOT_JSON: [b"{bad", b'{"EventID": 1, "Utc', b'{"a":"\x00"}', b'{"a":' * 50_000],
    Reason.NOT_UTF8: [b'{"User":"M\xfcller"}'],
    Reason.NOT_AN_OBJECT: [b"[1]", b'"text"', b"7"],
    Reason.NO_TIME: [b"{}", b'{"EventID": 1, "UtcTime": "yesterday"}', b'{"UtcTime": "0001-01-01 00:00:00+23:00"}'],
    Reason.LINE_TOO_LONG: [b'{"a":"' + b"x" * (MAX_LINE + 10) + b'"}', b"y" * (3 * MAX_LINE)],
}


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_line_is_counted_with_its_place_and_the_rest_is_read(reason: Reason) -> None:
    good = event(Image="C:\\good.exe")
    for bad in BAD[reason]:
        rows, rejected = read(good + bad + b"\n" + good + bad + b"\n" + good)
        assert [row["record"] for row in rows["process"]] == [1, 3, 5]
        assert rows["process"][1]["offset"] == len(good + bad) + 1
        [found] = rejected
        assert (found.reason, found.record, found.offset, found.count) == (reason, 2, len(good), 2)
        assert len(found.sample) < 300
        assert found.sample.isprintable()


def test_line_ends_of_windows_empty_lines_and_a_byte_order_mark_are_nothing() -> None:
    line = event(Image="C:\\a.exe").rstrip(b"\n")
    rows, rejected = read(b"\xef\xbb\xbf" + line + b"\r\n\r\n" + line)
    assert not rejected
    assert [row["record"] for row in rows["process"]] == [1, 3]


@settings(deadline=None)
@given(
    sizes=st.lists(st.integers(0, 300), min_size=1, max_size=12),
    cuts=st.lists(st.integers(1, 4000), max_size=4),
    last=st.booleans(),
)
def test_any_cut_into_ranges_reads_every_line_once(sizes: list[int], cuts: list[int], last: bool) -> None:
    data = b"".join(event(Image="x" * size) for size in sizes)
    data = data if last else data[:-1]
    edges = [0, *sorted(set(cuts)), 1 << 40]
    offsets = []
    for start, end in itertools.pairwise(edges):
        rows, rejected = read(data, start, end)
        assert not rejected
        offsets += [row["offset"] for row in rows.get("process", [])]
    assert offsets == [row["offset"] for row in read(data)[0]["process"]]


@settings(deadline=None)
@given(position=st.integers(0, 10_000), value=st.integers(0, 255))
def test_any_flipped_byte_is_read_or_rejected_and_costs_one_line(position: int, value: int) -> None:
    lines = [event(EventID=number, Image="C:\\a.exe", Hashes=f"SHA256={'a' * 64}") for number in (1, 7, 22, 3)]
    data = bytearray(b"".join(lines))
    data[position % len(data)] ^= value
    rows, rejected = read(bytes(data))
    kept = sum(len(found) for found in rows.values())
    lost = sum(found.count for found in rejected)
    assert 2 <= kept <= 5  # a new line end cuts one line in two, a lost one joins two
    assert kept + lost in {3, 4, 5}


@settings(deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_rejected(data: bytes) -> None:
    READER.told_by(data)
    read(data)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["EventID", "UtcTime", "Image", "Hashes", "ProcessId", "Signed", "CreationUtcTime", "Other"]),
        st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(), st.lists),
    )
)
def test_any_json_values_are_read_or_rejected(fields: dict[str, Any]) -> None:
    rows, rejected = read(event(**fields) if "UtcTime" not in fields else json.dumps(fields).encode())
    assert sum(map(len, rows.values())) + sum(found.count for found in rejected) == 1


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (event(), True),
        (b"\xef\xbb\xbf" + event(), True),
        (b"garbage\n\x00\n" + event(), True),
        (event(Channel="Security"), True),
        (b'{"EventID": 1}\n', False),
        (b'{"message": "hello", "Channel": "x"}\n', False),
        (b"", False),
        (b"[" + event().strip() + b"]", False),
        (b"EventID,UtcTime\n1,2\n", False),
    ],
)
def test_a_source_is_told_by_its_content(head: bytes, told: bool) -> None:
    assert READER.told_by(head) is told


def test_what_is_declared_as_filled_is_what_the_classes_have() -> None:
    for event_class, columns in READER.fills.items():
        assert columns <= set(arrow_schema(event_class).names)
    assert {"image", "sha256", "device"} <= READER.fills["process"]
    assert "http" not in READER.fills


def test_descriptors_are_read_by_position() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(event())
        file.flush()
        os.lseek(file.fileno(), 0, os.SEEK_END)
        stream = Stream(descriptor=file.fileno(), source="s", start=0, end=1 << 30)
        assert len(list(READER.read(stream))) == 1
