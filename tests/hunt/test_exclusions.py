from __future__ import annotations

from typing import Any

import pytest

from unrig.hunt.exclusions import annotated
from unrig.hunt.windows import told

KEY = "HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Exclusions\\"
EVENT = {"EventID": 5007, "Provider_Name": "Microsoft-Windows-Windows Defender"}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"New Value": KEY + "Paths\\C:\\Tools = 0x0", "Old Value": ""}, ("add", "path", "C:\\Tools")),
        ({"New Value": "", "Old Value": KEY + "Processes\\App.exe = 0x0"}, ("remove", "process", "App.exe")),
        ({"New Value": KEY + "extensions\\.ico"}, ("add", "extension", ".ico")),
        ({"NewValue": KEY + "IpAddresses\\10.0.0.1 = 0x0"}, ("add", "ip", "10.0.0.1")),
    ],
)
def test_an_exclusion_is_taken_apart(fields: dict[str, Any], expected: tuple[str, ...]) -> None:
    record = EVENT | fields
    about = told(record)
    assert about.fields.event_class == "exclusion"
    assert tuple(record[f"_exclusion_{name}"] for name in ("action", "kind", "value")) == expected


@pytest.mark.parametrize(
    "value",
    ["HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Real-Time Protection\\X = 0x1", KEY, KEY + "Paths", 7, None, ""],
)
def test_other_changes_of_settings_are_no_exclusions(value: object) -> None:
    record = EVENT | {"New Value": value}
    assert not annotated(dict(record))
    assert told(record).fields.event_class == "other"
    assert not [name for name in record if name.startswith("_")]
