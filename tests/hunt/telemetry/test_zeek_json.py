from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.hunt.telemetry import READERS
from unrig.hunt.telemetry.zeek_json import READER

BASE = {
    "ts": 1709542800.125,
    "uid": "C1",
    "id.orig_h": "10.0.0.7",
    "id.orig_p": 51000,
    "id.resp_h": "1.2.3.4",
    "id.resp_p": 443,
}
DNS = {"query": "A.Example", "rcode_name": "NOERROR", "answers": ["1.2.3.4", "b.example"], "rejected": False}
HTTP = {"trans_depth": 1, "method": "GET", "host": "A.example", "uri": "/icon?x=1", "status_code": 200}
SSL = {"version": "TLSv12", "server_name": "A.example", "established": True, "cert_chain_fps": ["c" * 64]}
CONN = {"proto": "tcp", "conn_state": "SF"}


def line(*parts: dict[str, Any], **fields: Any) -> bytes:
    whole: dict[str, Any] = {}
    for part in parts:
        whole |= part
    return json.dumps(whole | fields).encode() + b"\n"


@pytest.mark.parametrize(
    ("own", "path", "event_class", "expected"),
    [
        (
            DNS,
            "dns",
            "dns",
            {"query": "a.example", "answer": "1.2.3.4;b.example", "status": "NOERROR", "action": "query"},
        ),
        (HTTP, "http", "http", {"host": "a.example", "url_path": "/icon", "url_query": "x=1", "status": 200}),
        (SSL, "ssl", "tls", {"server_name": "a.example", "version": "tlsv12", "certificate_sha256": "c" * 64}),
        (SSL, "tls", "tls", {"server_name": "a.example"}),
        (CONN, "conn", "network", {"destination_ip": "1.2.3.4", "destination_port": 443, "protocol": "tcp"}),
        ({"fuid": "F", "rx_hosts": ["10.0.0.7"], "total_bytes": 7}, "files", "file", {"device": "10.0.0.7", "size": 7}),
        ({"name": "odd"}, "weird", "other", {"provider": "zeek", "channel": "weird"}),
    ],
)
def test_a_record_is_told_by_its_path(read: Any, own: Any, path: str, event_class: str, expected: Any) -> None:
    found = read(READER, line(BASE, own, _path=path))
    row = found.only()
    assert set(found.rows) == {event_class}
    assert {name: row[name] for name in expected} == expected
    assert (row["device"], row["time"].isoformat()) == ("10.0.0.7", "2024-03-04T09:00:00.125000")


@pytest.mark.parametrize(
    ("own", "event_class"), [(DNS, "dns"), (HTTP, "http"), (SSL, "tls"), (CONN, "network"), ({"x": 1}, "other")]
)
def test_a_record_without_a_path_is_told_by_what_every_such_record_has(read: Any, own: Any, event_class: str) -> None:
    data = line(BASE, own)
    assert READER.told_by(data)
    assert set(read(READER, data).rows) == {event_class}


def test_a_connection_that_a_shipper_nested_is_the_same(read: Any) -> None:
    nested = {
        "ts": BASE["ts"],
        "uid": "C1",
        "id": {"orig_h": "10.0.0.7", "orig_p": 51000, "resp_h": "1.2.3.4", "resp_p": 443},
    }
    first = read(READER, line(BASE, CONN)).only()
    second = read(READER, line(nested, CONN)).only()
    assert first == second


@pytest.mark.parametrize(
    ("ts", "time"),
    [
        ("2024-03-04T09:00:00.125000Z", "2024-03-04T09:00:00.125000"),
        (1709542800, "2024-03-04T09:00:00"),
        (1709542800.123457, "2024-03-04T09:00:00.123457"),
        ("1709542800.123456", "2024-03-04T09:00:00.123456"),
    ],
)
def test_times_come_as_numbers_and_in_words_from_the_sensors_clock(read: Any, ts: Any, time: str) -> None:
    row = read(READER, line(BASE, CONN, ts=ts)).only()
    assert (row["time"].isoformat(), row["time_basis"]) == (time, "server")


@pytest.mark.parametrize("ts", [None, -5, True, 1e300, "soon", [], "9" * 12])
def test_what_is_no_time_is_counted(read: Any, ts: Any) -> None:
    assert read(READER, line(BASE, CONN, ts=ts)).reasons == {"NO_TIME": 1}


def test_any_cut_into_ranges_reads_every_line_once(read: Any) -> None:
    data = b"".join(line(BASE, DNS, query="x" * size) for size in range(40))
    offsets = [row["offset"] for row in read(READER, data).all]
    edges = [0, 1, 500, 777, 4000, 1 << 40]
    cut = [row["offset"] for start, end in itertools.pairwise(edges) for row in read(READER, data, start, end).all]
    assert cut == offsets
    assert len(offsets) == 40


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (line(BASE, CONN), True),
        (line({"_path": "stats", "ts": 1.5}), True),
        (line({"ts": 1.5}), False),
        (line({"uid": "x"}), False),
        (b"[" + line(BASE), False),
        (b"", False),
    ],
)
def test_a_source_is_told_by_its_content(head: bytes, told: bool) -> None:
    assert READER.told_by(head) is told
    assert [reader for reader in READERS if reader.told_by(head)] == ([READER] if told else [])


@settings(deadline=None)
@given(position=st.integers(0, 10_000), value=st.integers(1, 255))
def test_any_flipped_byte_costs_two_lines_at_most(read: Any, position: int, value: int) -> None:
    data = bytearray(line(BASE, DNS) + line(BASE, HTTP) + line(BASE, SSL, _path="ssl") + line(BASE, CONN))
    data[position % len(data)] ^= value
    found = read(READER, bytes(data))
    assert len(found.all) >= 2
    assert len(found.all) + sum(found.reasons.values()) in {3, 4, 5}


VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.lists(st.integers() | st.text(max_size=3), max_size=3)
)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["ts", "uri", "id", "answers", "cert_chain_fps", "_path", "host", "status_code"]), VALUES
    )
)
def test_any_values_are_a_row_or_rejected(read: Any, fields: dict[str, Any]) -> None:
    found = read(READER, line(BASE, HTTP, fields) + line(BASE, SSL, fields, _path="ssl"))
    assert len(found.all) + sum(found.reasons.values()) == 2
