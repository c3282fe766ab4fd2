from __future__ import annotations

from typing import Any

from unrig.hunt.telemetry.w3c_extended import READER

HEAD = "#Software: SGOS 6.7\n#Version: 1.0\n#Date: 2024-03-04 09:00:00\n"
PROXY = HEAD + (
    "#Fields: date time time-taken c-ip cs-username cs-method cs-host cs-uri-path cs-uri-query sc-status cs(User-Agent) rs(Content-Type) r-ip sc-bytes cs-bytes\n"
    '2024-03-04 09:00:00 12 10.0.0.7 CORP\\ann GET Raw.example /a/icon1.ico ?x=1 200 "Mozilla/5.0 (X; ""Y"")" "image/x-icon" 1.2.3.4 4210 300\n'
    "2024-03-04 09:00:01 12 10.0.0.8 - CONNECT b.example / - 200 - - 1.2.3.5 9 8\n"
)


def test_a_proxys_requests_fill_their_columns(read: Any, told: Any) -> None:
    data = PROXY.encode()
    assert told(data) == ["w3c-extended"]
    first, second = read(READER, data).rows["http"]
    assert (first["device"], first["user"], first["host"], first["method"]) == (
        "10.0.0.7",
        "CORP\\ann",
        "raw.example",
        "get",
    )
    assert (first["url_path"], first["user_agent"], first["content_type"]) == (
        "/a/icon1.ico",
        'Mozilla/5.0 (X; "Y")',
        "image/x-icon",
    )
    assert (first["bytes_in"], first["bytes_out"], first["time"].isoformat()) == (4210, 300, "2024-03-04T09:00:00")
    assert (second["user_agent"], second["url_query"], second["record"]) == (None, None, 6)


def test_columns_may_change_and_the_day_may_stand_in_the_header(read: Any) -> None:
    later = (
        HEAD + "#Fields: time c-ip cs-uri cs(User-Agent)\n09:00:05 10.0.0.9 https://c.example/d?e=f Mozilla/5.0+(X)\n"
    )
    found = read(READER, (PROXY + later).encode())
    row = found.rows["http"][2]
    assert (row["host"], row["url_path"], row["url_query"], row["user_agent"]) == (
        "c.example",
        "/d",
        "e=f",
        "Mozilla/5.0 (X)",
    )
    assert row["time"].isoformat() == "2024-03-04T09:00:05"


def test_lines_that_do_not_fit_are_counted(read: Any) -> None:
    data = b"early row\n" + PROXY.encode() + b"too few\n2024-03-04 soon 1 2 3 4 5 6 7 8 9 10 11 12 13\n"
    assert read(READER, data).reasons == {"NO_HEADER": 1, "NOT_A_ROW": 1, "NO_TIME": 1}
