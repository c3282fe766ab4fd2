from __future__ import annotations

import datetime as dt
import json
from typing import Any

from unrig.hunt.telemetry.mp_preference import READER

LISTING = {"CimSystemProperties": {"ServerName": "PC-7"}, "ComputerID": "0A", "DisableRealtimeMonitoring": False, "ExclusionExtension": None,
           "ExclusionIpAddress": None, "ExclusionPath": ["C:\\Program Files\\Phone", "D:\\x"], "ExclusionProcess": "Phone.exe"}  # fmt: skip


def test_each_excluded_thing_is_a_row_of_the_file_s_time(read: Any, told: Any) -> None:
    data = json.dumps(LISTING, indent=4).encode()
    assert told(data) == ["mp-preference"]
    rows = read(READER, data).rows["exclusion"]
    assert [(row["kind"], row["value"]) for row in rows] == [
        ("path", "c:\\program files\\phone"), ("path", "d:\\x"), ("process", "phone.exe")
    ]  # fmt: skip
    assert {(row["device"], row["product"], row["action"], row["time_basis"]) for row in rows} == {
        ("pc-7", "microsoft defender", "list", "file")
    }
    assert abs(rows[0]["time"] - dt.datetime.now(dt.UTC).replace(tzinfo=None)) < dt.timedelta(hours=1)


def test_a_list_of_devices_and_what_is_no_listing(read: Any) -> None:
    other = {"PSComputerName": "PC-8", "ExclusionPath": "E:\\y", "ExclusionProcess": None}
    nameless = {"ExclusionPath": ["F:\\z"], "ExclusionProcess": []}
    found = read(READER, json.dumps([LISTING, other, nameless, {"a": 1}]).encode())
    assert [row["device"] for row in found.all] == ["pc-7"] * 3 + ["pc-8", "source-s1"]
    assert found.reasons == {"NOT_AN_EVENT": 1}
