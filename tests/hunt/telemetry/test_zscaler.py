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


def test_the_vendors_own_json_names_are_read(read: Any, told: Any, lines: Any) -> None:
    """Names and forms of help.zscaler.com, NSS Feed Output Format: Web Logs; the address in Base64."""
    event = {
        "time": "Mon Oct 16 22:55:48 2023", "tz": "GMT", "host": "mail.example", "serverip": "203.0.113.9",
        "devicehostname": "THINKPADSMITH", "reqsize": "1300", "respsize": "10500", "reqmethod": "GET", "respcode": "200",
        "cltip": "198.51.100.7", "cltintip": "10.0.0.7", "b64url": "bWFpbC5leGFtcGxlL2EvaWNvbjEuaWNvP3g9MQ==",
        "b64referer": "d3d3LmV4YW1wbGU=", "useragent": "Mozilla/5.0", "login": "ann@corp.example",
        "contenttype": "image/x-icon", "epochtime": "1697496948",
    }  # fmt: skip
    data = lines({"version": "v9", "sourcetype": "zscalernss-web", "event": event})
    assert told(data) == ["zscaler"]
    row = read(READER, data).only()
    named = ("device", "source_ip", "user", "host", "url_path", "url_query", "referrer", "method", "content_type")
    assert [row[name] for name in named] == [
        *("thinkpadsmith", "10.0.0.7", "ann@corp.example", "mail.example"),
        *("/a/icon1.ico", "x=1", "www.example", "get", "image/x-icon"),
    ]
    assert (row["status"], row["bytes_out"], row["bytes_in"]) == (200, 1300, 10500)
    assert (row["destination_ip"], row["time"].isoformat()) == ("203.0.113.9", "2023-10-16T22:55:48")


def test_an_address_that_is_no_base64_is_none(read: Any, lines: Any) -> None:
    event = {"time": "Mon Oct 16 22:55:48 2023", "host": "a.example", "b64url": "%%", "b64referer": "/w=="}
    row = read(READER, lines({"sourcetype": "zscalernss-web", "event": event})).only()
    assert (row["host"], row["url_path"], row["referrer"]) == ("a.example", None, None)
