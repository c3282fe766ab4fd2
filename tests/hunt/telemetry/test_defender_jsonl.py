from __future__ import annotations

from typing import Any

from unrig.hunt.telemetry.defender_jsonl import READER

ROW = {
    "Timestamp": "2024-03-04T09:00:00Z",
    "DeviceName": "PC-7",
    "ActionType": "ConnectionSuccess",
    "RemoteIP": "1.2.3.4",
    "RemotePort": 443,
}


def test_rows_come_alone_in_an_envelope_and_in_batches(read: Any, told: Any, lines: Any) -> None:
    envelope = {
        "time": "2024-03-04T09:01:00Z",
        "operationName": "Publish",
        "category": "AdvancedHunting-DeviceNetworkEvents",
        "properties": ROW,
    }
    for data, count in ((lines(ROW), 1), (lines(envelope), 1), (lines({"records": [envelope, envelope]}), 2)):
        assert told(data) == ["defender-jsonl"]
        rows = read(READER, data).rows["network"]
        assert [(row["device"], row["destination_port"], row["time"].isoformat()) for row in rows] == [
            ("pc-7", 443, "2024-03-04T09:00:00")
        ] * count


def test_rows_without_a_time_are_rejected(read: Any, lines: Any) -> None:
    assert read(READER, lines(ROW, ROW | {"Timestamp": None})).reasons == {"NO_TIME": 1}
