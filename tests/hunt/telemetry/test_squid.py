from __future__ import annotations

from typing import Any

from unrig.hunt.telemetry.squid import READER

GET = b"1709542800.125    312 10.0.0.7 TCP_MISS/200 4210 GET http://Raw.example:8080/a/icon1.ico?x=1 ann HIER_DIRECT/1.2.3.4 image/x-icon\n"
CONNECT = (
    b'1709542801.125  90012 10.0.0.7 TCP_TUNNEL/200 9000 CONNECT b.example:443 - HIER_DIRECT/1.2.3.5 - "-" "UA 1.0"\n'
)


def test_requests_fill_their_columns(read: Any, told: Any) -> None:
    assert told(GET + CONNECT) == ["squid"]
    found = read(READER, GET + CONNECT)
    first, second = found.rows["http"]
    assert (first["device"], first["user"], first["host"], first["url_path"]) == (
        "10.0.0.7",
        "ann",
        "raw.example",
        "/a/icon1.ico",
    )
    assert (first["url_query"], first["status"], first["bytes_in"], first["content_type"]) == (
        "x=1",
        200,
        4210,
        "image/x-icon",
    )
    assert (first["destination_ip"], first["destination_port"], first["time"].isoformat()) == (
        "1.2.3.4",
        8080,
        "2024-03-04T09:00:00.125000",
    )
    assert (second["host"], second["destination_port"], second["method"], second["url_path"]) == (
        "b.example",
        443,
        "connect",
        None,
    )
    assert (second["user_agent"], second["user"], second["record"], second["offset"]) == ("UA 1.0", None, 2, len(GET))


def test_lines_of_another_form_are_counted(read: Any) -> None:
    found = read(READER, b"x y\n\n" + GET + b"\xff\n" + GET.replace(b"http://Raw.example:8080", b"http://[bad"))
    assert (len(found.all), found.reasons) == (2, {"NOT_A_ROW": 1, "NOT_UTF8": 1})


def test_a_range_has_the_lines_that_start_in_it(read: Any) -> None:
    data = (GET + CONNECT) * 5
    parts = [read(READER, data, start, start + 100).all for start in range(0, len(data), 100)]
    assert sum(map(len, parts)) == 10
