from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from unrig.data.mappings import FieldMap
from unrig.hunt.columns import MIXED, Row, batch

WHEN = dt.datetime(2024, 3, 4, 9)  # noqa: DTZ001  (columns are naive UTC)


def rows(fields: FieldMap, *records: dict[str, Any], mixed: bool = False) -> list[dict[str, Any]]:
    given = [Row(record, WHEN, "device", "did", number, 10 * number) for number, record in enumerate(records)]
    return batch(fields, MIXED if mixed else tuple(records[0]), given, "s1").to_pylist()


def fields(event_class: str = "process", **columns: tuple[str, ...]) -> FieldMap:
    return FieldMap(event_class=event_class, fields=columns)


@pytest.mark.parametrize("mixed", [False, True])
def test_of_alternatives_the_first_counts_and_the_others_are_not_lost(mixed: bool) -> None:
    columns = fields(device=("Computer", "Hostname"))
    first, second = rows(
        columns, {"Computer": "PC-1", "Hostname": "other"}, {"Computer": None, "Hostname": "PC-2"}, mixed=mixed
    )
    assert (first["device"], second["device"]) == ("pc-1", "pc-2")
    assert json.loads(first["rest"]) == {"Hostname": "other"}


@pytest.mark.parametrize("mixed", [False, True])
def test_two_fields_are_joined_where_both_are_there(mixed: bool) -> None:
    columns = fields(user=("Domain\\Name", "Name"))
    found = rows(
        columns, {"Domain": "D", "Name": "n"}, {"Domain": "-", "Name": "n"}, {"Domain": "D", "Name": ""}, mixed=mixed
    )
    assert [row["user"] for row in found] == ["D\\n", "n", "D"]
    assert [row["rest"] for row in found] == [None, None, None]
    [alone] = rows(columns, {"Name": "n"}, mixed=mixed)
    assert alone["user"] == "n"


def test_words_and_constants_and_lists() -> None:
    columns = FieldMap(
        event_class="network",
        fields={"protocol": ("P",), "initiated": ("I",), "destination_host": ("H",)},
        words={"protocol": {"6": "tcp"}, "initiated": {"%%1": "true"}},
        constants={"device": "pc-1"},
        separator=";",
    )
    first, second = rows(columns, {"P": 6, "I": "%%1", "H": ["A", "b"]}, {"P": "ICMP", "I": "no", "H": "C"})
    assert (first["protocol"], first["initiated"], first["destination_host"]) == ("tcp", True, "a;b")
    assert (second["protocol"], second["initiated"], second["destination_host"]) == ("icmp", False, "c")
    assert first["device"] == second["device"] == "pc-1"


def test_the_action_is_the_readers_unless_a_field_says_it() -> None:
    assert rows(fields(), {"A": 1})[0]["action"] == "did"
    assert rows(fields("registry", action=("EventType",)), {"EventType": "SetValue"})[0]["action"] == "setvalue"


def test_guids_are_kept_without_braces_so_that_sources_can_be_joined() -> None:
    columns = fields(process_guid=("G",), parent_guid=("P",))
    [row] = rows(columns, {"G": "{5AA1-00}", "P": "5AA1-01"})
    assert (row["process_guid"], row["parent_guid"]) == ("5aa1-00", "5aa1-01")
