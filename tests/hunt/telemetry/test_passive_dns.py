from __future__ import annotations

from typing import Any

from unrig.hunt.telemetry.passive_dns import READER

SEEN = {
    "rrname": "A.Example.",
    "rrtype": "A",
    "rdata": ["1.1.1.1", "2.2.2.2"],
    "time_first": 1709542800,
    "time_last": 1709629200,
    "count": 3,
}


def test_a_resolution_is_a_row_when_first_and_when_last_seen(read: Any, told: Any, lines: Any) -> None:
    data = lines(SEEN)
    assert told(data) == ["passive-dns"]
    first, last = read(READER, data).rows["dns"]
    assert (first["query"], first["answer"], first["record_type"], first["device"]) == (
        "a.example",
        "1.1.1.1;2.2.2.2",
        "a",
        None,
    )
    assert (first["action"], last["action"]) == ("first_seen", "last_seen")
    assert (first["time"].isoformat(), last["time"].isoformat()) == ("2024-03-04T09:00:00", "2024-03-05T09:00:00")


def test_one_moment_is_one_row_and_none_is_rejected(read: Any, lines: Any) -> None:
    found = read(READER, lines(SEEN | {"time_last": SEEN["time_first"]}, SEEN | {"time_first": "x", "time_last": "x"}))
    assert (len(found.all), found.reasons) == (1, {"NO_TIME": 1})
    zone = {"rrname": "z.example", "rrtype": "NS", "rdata": "n.example", "zone_time_first": "2024-03-04T09:00:00Z"}
    assert read(READER, lines(zone)).only()["action"] == "first_seen"


def test_resolutions_in_the_envelope_of_a_stream_are_read(read: Any, told: Any, lines: Any) -> None:
    data = lines({"cond": "begin"}, {"obj": SEEN}, {"cond": "succeeded"})
    assert told(data) == ["passive-dns"]
    found = read(READER, data)
    assert {row["query"] for row in found.all} == {row["query"] for row in read(READER, lines(SEEN)).all}
