from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from unrig.hunt.telemetry.defender_parquet import READER

ROW = {
    "Timestamp": dt.datetime(2024, 3, 4, 9),  # noqa: DTZ001
    "DeviceName": "PC-7",
    "ActionType": "ImageLoaded",
    "FolderPath": "C:\\P",
    "FileName": "a.dll",
}


def parquet(rows: list[dict[str, Any]], group: int = 2) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink, row_group_size=group)
    return sink.getvalue()


def test_rows_have_numbers_and_the_place_of_their_group(read: Any, told: Any) -> None:
    data = parquet([ROW | {"FileName": f"{number}.dll"} for number in range(5)])
    assert told(data) == ["defender-parquet"]
    rows = read(READER, data).rows["module_load"]
    assert [(row["module"], row["record"]) for row in rows] == [
        (f"c:\\p\\{number}.dll", number + 1) for number in range(5)
    ]
    assert rows[0]["offset"] == rows[1]["offset"] < rows[2]["offset"] < rows[4]["offset"]
    assert (rows[0]["device"], rows[0]["time"].isoformat()) == ("pc-7", "2024-03-04T09:00:00")


def test_a_zone_is_taken_off_the_time(read: Any) -> None:
    zone = dt.timezone(dt.timedelta(hours=2))
    row = read(READER, parquet([ROW | {"Timestamp": dt.datetime(2024, 3, 4, 11, tzinfo=zone)}])).only()
    assert row["time"].isoformat() == "2024-03-04T09:00:00"


def test_other_tables_and_damaged_files_are_said(read: Any) -> None:
    assert read(READER, parquet([{"a": 1}, {"a": 2}])).reasons == {"NOT_AN_EVENT": 2}
    assert read(READER, parquet([ROW])[:-9]).reasons == {"DAMAGED": 1}
    whole = bytearray(parquet([ROW] * 4))
    whole[4:40] = b"\xff" * 36
    found = read(READER, bytes(whole))
    assert len(found.all) + sum(found.reasons.values()) >= 2
    assert found.reasons
