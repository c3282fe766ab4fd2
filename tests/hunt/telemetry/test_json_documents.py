from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.hunt import json_objects
from unrig.hunt.streams import MAX_LINE
from unrig.hunt.telemetry import READERS
from unrig.hunt.telemetry.evtx import READER as EVTX
from unrig.hunt.telemetry.json_documents import READER


def event(number: int) -> dict[str, Any]:
    return {
        "Event": {
            "System": {
                "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
                "EventID": 1,
                "TimeCreated": {"#attributes": {"SystemTime": "2024-03-04T09:00:00Z"}},
                "Computer": "PC-7",
            },
            "EventData": {"Image": f"C:\\{number}.exe", "CommandLine": 'say "{}" \\ [' + "x" * (number % 40)},
        }
    }


EVENTS = [event(number) for number in range(50)]
FLAT = [
    {"EventID": 1, "Channel": "Sysmon", "UtcTime": "2024-03-04 09:00:00", "Image": f"C:\\{n}.exe"} for n in range(50)
]


def shapes(events: list[dict[str, Any]]) -> dict[str, bytes]:
    return {
        "array": json.dumps(events).encode(),
        "array without spaces": json.dumps(events, separators=(",", ":")).encode(),
        "array printed": json.dumps(events, indent=2).encode(),
        "array, one a line": b"[\n" + b",\n".join(json.dumps(each).encode() for each in events) + b"\n]\n",
        "documents printed": b"".join(json.dumps(each, indent=2).encode() + b"\n" for each in events),
        "evtx_dump": b"".join(
            b"Record %d\n%s\n" % (number, json.dumps(each, indent=2).encode()) for number, each in enumerate(events)
        ),
        "byte order mark": b"\xef\xbb\xbf" + json.dumps(events, indent=1).encode(),
    }


@pytest.mark.parametrize("shape", shapes(EVENTS))
@pytest.mark.parametrize("events", [EVENTS, FLAT], ids=["nested", "flat"])
def test_every_shape_gives_every_event_with_its_place(read: Any, shape: str, events: list[dict[str, Any]]) -> None:
    data = shapes(events)[shape]
    assert [reader.id for reader in READERS if reader.told_by(data[:4000])] == ["json-documents"]
    found = read(READER, data)
    assert not found.rejected
    assert [row["image"] for row in found.all] == [f"c:\\{number}.exe" for number in range(50)]
    assert [row["record"] for row in found.all] == list(range(1, 51))
    for row, expected in zip(found.all, events, strict=True):
        assert json.JSONDecoder().raw_decode(data[row["offset"] :].decode())[0] == expected
    assert read(READER, gzip.compress(data)).all == found.all


@pytest.mark.parametrize("block", [1, 7, 100, 4096])
def test_blocks_of_any_size_give_the_same_rows(read: Any, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    data = shapes(EVENTS[:8])["array printed"]
    whole = read(READER, data).all
    monkeypatch.setattr("unrig.hunt.streams.BLOCK", block)
    assert read(READER, data).all == whole


def test_an_object_without_end_costs_itself(read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    data = shapes(EVENTS)["array without spaces"]
    at = data.index(b"C:\\\\7.exe")
    unended = data[:at] + data[at:].replace(b'"}}', b'"}', 1)
    quoted = data[:at] + b'"' + data[at:]
    for broken in (unended, quoted):
        for limit in (2000, MAX_LINE):
            monkeypatch.setattr(json_objects, "MAX_LINE", limit)
            found = read(READER, broken)
            assert [row["image"] for row in found.all] == [f"c:\\{n}.exe" for n in range(50) if n != 7]
            assert sum(found.reasons.values()) == 1
            assert found.rejected[0].offset <= at


def test_a_cut_file_and_a_huge_object_are_counted(read: Any) -> None:
    data = shapes(EVENTS)["array printed"]
    cut = read(READER, data[: len(data) // 2])
    assert cut.reasons == {"NOT_AN_END": 1}
    assert 20 <= len(cut.all) <= 30
    huge = event(1)
    huge["Event"]["EventData"]["CommandLine"] = "x" * 10_000_000
    found = read(READER, json.dumps([event(0), huge, event(2)]).encode())
    assert [row["image"] for row in found.all] == ["c:\\0.exe", "c:\\2.exe"]
    assert set(found.reasons) == {"LINE_TOO_LONG"}


def test_objects_that_are_no_events_are_counted(read: Any) -> None:
    data = json.dumps([event(0), {"hello": 1}, event(1)]).encode()
    found = read(READER, data)
    assert len(found.all) == 2
    assert found.reasons == {"NOT_AN_EVENT": 1}


def test_what_stands_between_objects_and_should_not_is_said(read: Any) -> None:
    whole = shapes(EVENTS)["array printed"]
    assert not read(READER, b"\n \n" + whole + b"\n\n").rejected
    for noise in (b'"', b"}", b"x", b"null"):
        inside = whole.replace(b"\n  {\n", b"\n" + noise + b"  {\n", 1)
        found = read(READER, inside + noise)
        assert len(found.all) == 50
        assert found.reasons == {"STRAY": 2}
        assert found.rejected[0].offset <= inside.index(noise)


def test_many_openings_without_ends_are_not_searched_for_ever(read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_objects, "MAX_LINE", 5000)
    found = read(READER, b'{"Event": ' * 20_000)
    assert not found.all
    assert sum(found.reasons.values()) <= 200


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (b"[]", False),
        (b'[{"hello": 1}]', False),
        (b"", False),
        (b'{"Event": ', False),
        (json.dumps(event(1)).encode(), False),  # a line
        (json.dumps(event(1), indent=1).encode(), True),
    ],
)
def test_a_source_is_told_by_its_content(head: bytes, told: bool) -> None:
    assert READER.told_by(head) is told


@settings(max_examples=150, deadline=None)
@given(shape=st.sampled_from(sorted(shapes(EVENTS))), position=st.integers(0, 100_000), value=st.integers(1, 255))
def test_any_flipped_byte_costs_few_events(read: Any, shape: str, position: int, value: int) -> None:
    data = bytearray(shapes(EVENTS)[shape])
    data[position % len(data)] ^= value
    found = read(READER, bytes(data))
    assert len(found.all) >= 48
    assert len(found.all) == 50 or found.rejected


@settings(deadline=None)
@given(st.binary(max_size=500), st.text('{}[]"\\ ,:a', max_size=200))
def test_any_bytes_are_rows_or_rejected(read: Any, noise: bytes, text: str) -> None:
    for data in (noise, text.encode(), b'[{"EventID":' + text.encode()):
        READER.told_by(data)
        read(READER, data)


def test_real_events_are_the_same_as_in_their_logs(read: Any, corpus: Any) -> None:
    def places_apart(rows: list[dict[str, Any]]) -> list[str]:
        kept = [{name: row[name] for name in sorted(row.keys() - {"record", "offset", "rest"})} for row in rows]
        # Whoever made these documents has left out blanks at the ends of texts, and once changed their case.
        return sorted(
            str({name: value.strip().lower() if isinstance(value, str) else value for name, value in row.items()})
            for row in kept
        )

    logs = {name.removesuffix(".evtx"): data for name, data in corpus("sigma.tar.xz", ".evtx")}
    compared = 0
    for name, data in corpus("sigma.tar.xz", ".json"):
        log = logs.get(name.removesuffix(".json"))
        if log is not None:
            found = read(READER, data)
            assert not found.rejected
            assert places_apart(found.all) == places_apart(read(EVTX, log).all), name
            compared += len(found.all)
    assert compared == 218
