from __future__ import annotations

from typing import Any

from unrig.hunt.telemetry.zscaler import READER

TEXT = (
    b"2024-03-04 09:00:00\treason=Allowed\tprotocol=HTTPS\taction=Allowed\tresponsesize=4210\trequestsize=300\tserverip=1.2.3.4"
    b"\trequestmethod=GET\trefererURL=None\tuseragent=UA 1.0\tClientIP=10.0.0.7\tstatus=200\tuser=ann@corp.example"
    b"\turl=raw.example/a/icon1.ico?x=1\tvendor=Zscaler\thostname=Raw.example\tcontenttype=image/x-icon\tdevicehostname=PC-7\n"
)


def test_text_between_tabs_fills_its_columns(read: Any, told: Any) -> None:
    assert told(TEXT) == ["zscaler"]
    row = read(READER, TEXT).only()
    assert (row["device"], row["source_ip"], row["user"], row["host"]) == (
        "pc-7",
        "10.0.0.7",
        "ann@corp.example",
        "raw.example",
    )
    assert (row["url_path"], row["url_query"], row["referrer"], row["user_agent"]) == (
        "/a/icon1.ico",
        "x=1",
        None,
        "UA 1.0",
    )
    assert (row["bytes_in"], row["bytes_out"], row["status"], row["time"].isoformat()) == (
        4210,
        300,
        200,
        "2024-03-04T09:00:00",
    )


def test_json_lines_are_the_same_records(read: Any, told: Any, lines: Any) -> None:
    event = {
        "datetime": "Mon Mar 04 09:00:00 2024",
        "clientip": "10.0.0.7",
        "host": "raw.example",
        "url": "raw.example/x",
        "reqmethod": "GET",
    }
    data = lines({"sourcetype": "zscalernss-web", "event": event})
    assert told(data) == ["zscaler"]
    row = read(READER, data).only()
    assert (row["device"], row["host"], row["url_path"], row["time"].isoformat()) == (
        "10.0.0.7",
        "raw.example",
        "/x",
        "2024-03-04T09:00:00",
    )


def test_other_lines_are_counted(read: Any) -> None:
    found = read(READER, b"no time\tvendor=Zscaler\n" + TEXT + b"[1]\n{bad\n" + b'{"event": {"host": "a"}}\n')
    assert (len(found.all), found.reasons) == (1, {"NOT_A_ROW": 2, "NOT_AN_OBJECT": 1, "NO_TIME": 1})
