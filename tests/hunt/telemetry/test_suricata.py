from __future__ import annotations

from typing import Any

import pytest

from unrig.hunt.telemetry.suricata import READER

BASE = {
    "timestamp": "2024-03-04T10:00:00.125000+0100", "flow_id": 77, "src_ip": "10.0.0.7", "src_port": 51000,
    "dest_ip": "1.2.3.4", "dest_port": 443, "proto": "TCP",
}  # fmt: skip
FLOW = BASE | {
    "event_type": "flow", "app_proto": "tls",
    "flow": {"bytes_toserver": 900, "bytes_toclient": 4000, "start": "2024-03-04T08:59:00.000000+0000",
             "end": "2024-03-04T09:00:00.500000+0000", "age": 60, "state": "closed"},
}  # fmt: skip


def test_a_flow_is_a_connection_from_when_it_began(read: Any, told: Any, lines: Any) -> None:
    data = lines(FLOW)
    assert told(data) == ["suricata"]
    row = read(READER, data).only()
    assert (row["device"], row["destination_ip"], row["destination_port"], row["protocol"]) == (
        "10.0.0.7",
        "1.2.3.4",
        443,
        "tcp",
    )
    assert (row["time"].isoformat(), row["time_basis"], row["duration"]) == ("2024-03-04T08:59:00", "server", 60.5)
    assert (row["bytes_out"], row["bytes_in"], row["state"], row["connection_id"]) == (900, 4000, "closed", "77")


@pytest.mark.parametrize(
    ("kind", "inner", "event_class", "expected"),
    [
        ("dns", {"type": "query", "rrname": "A.example", "rrtype": "A"}, "dns", {"query": "a.example", "record_type": "a"}),
        ("dns", {"type": "answer", "rrname": "a.example", "rcode": "NOERROR", "answers": [{"rdata": "1.1.1.1"}, {"rdata": "c.example"}]},
         "dns", {"answer": "1.1.1.1;c.example", "status": "NOERROR"}),
        ("dns", {"version": 3, "type": "request", "queries": [{"rrname": "b.example", "rrtype": "TXT"}]}, "dns",
         {"query": "b.example", "record_type": "txt"}),
        ("http", {"hostname": "Raw.Example", "url": "/a/icon1.ico?x=1", "http_method": "GET", "http_user_agent": "UA",
                  "http_content_type": "image/x-icon", "status": 200, "length": 42}, "http",
         {"host": "raw.example", "url_path": "/a/icon1.ico", "url_query": "x=1", "method": "get", "content_type": "image/x-icon", "bytes_in": 42}),
        ("tls", {"sni": "A.example", "version": "TLS 1.3", "subject": "CN=a.example", "issuerdn": "CN=CA", "notbefore": "2024-01-01T00:00:00",
                 "ja3": {"hash": "b" * 32}}, "tls",
         {"server_name": "a.example", "certificate_subject": "cn=a.example", "ja3": "b" * 32}),
        ("alert", {"signature": "odd"}, "other", {"channel": "alert", "provider": "suricata"}),
    ],
)  # fmt: skip
def test_each_type_fills_its_class(  # noqa: PLR0917
    read: Any, lines: Any, kind: str, inner: Any, event_class: str, expected: Any
) -> None:
    found = read(READER, lines(BASE | {"event_type": kind, kind: inner}))
    assert set(found.rows) == {event_class}
    row = found.only()
    assert {name: row[name] for name in expected} == expected
    assert (row["device"], row["time"].isoformat()) == ("10.0.0.7", "2024-03-04T09:00:00.125000")


def test_a_file_belongs_to_who_received_it(read: Any, lines: Any) -> None:
    info = {"filename": "/icon1.ico", "sha256": "E" * 64, "size": 900, "magic": "MS Windows icon resource"}
    row = read(
        READER, lines(BASE | {"event_type": "fileinfo", "src_ip": "1.2.3.4", "dest_ip": "10.0.0.7", "fileinfo": info})
    ).only()
    assert (row["device"], row["sha256"], row["target"], row["size"]) == ("10.0.0.7", "e" * 64, "/icon1.ico", 900)


def test_odd_events_are_rows_or_rejected(read: Any, lines: Any) -> None:
    odd = [{"event_type": "dns", "timestamp": "x"}, BASE | {"event_type": "dns", "dns": {"queries": [7], "answers": [7]}},
           BASE | {"event_type": "http", "http": {"url": "http://[bad"}}, BASE | {"event_type": ["flow"]},
           BASE | {"event_type": "flow", "flow": [1]}]  # fmt: skip
    found = read(READER, lines(*odd))
    assert (len(found.all), found.reasons) == (4, {"NO_TIME": 1})


def test_an_alert_is_of_its_own_time_and_not_of_when_its_flow_began(read: Any, lines: Any) -> None:
    flow = {"pkts_toserver": 6, "start": "2024-02-20T23:28:38.673917+0100"}
    alert = {"action": "allowed", "gid": 1, "signature_id": 2100498, "signature": "odd", "severity": 2}
    row = read(READER, lines(BASE | {"event_type": "alert", "alert": alert, "app_proto": "http", "flow": flow})).only()
    assert row["time"].isoformat() == "2024-03-04T09:00:00.125000"
