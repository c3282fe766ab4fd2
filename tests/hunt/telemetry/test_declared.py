"""What a reader says it fills, it fills: every column it declares gets a value from the fields that its mapping names."""

from __future__ import annotations

import datetime as dt
import importlib
import inspect
import re
from types import ModuleType
from typing import Any

import pytest

from unrig.data.events import ColumnType, columns_of
from unrig.data.mappings import JOIN, Told, logs
from unrig.hunt.columns import MIXED, Row, batch
from unrig.hunt.telemetry import READERS

BY_LINE = {
    "crowdstrike_fdr": "crowdstrike",
    "osquery": "osquery",
    "squid": "squid",
    "suricata": "suricata",
    "w3c_extended": "w3c",
    "zscaler": "zscaler",
    "eslogger": "eslogger",
    "passive_dns": "passive_dns",
    "auditd": "auditd",
    "mp_preference": "mp_preference",
}
"""Module of a reader to the name of its mapping."""
HELPERS = ("records", "audit_records", "exclusions")
VALUES = {
    ColumnType.TEXT: "text",
    ColumnType.INTEGER: "7",
    ColumnType.REAL: "1.5",
    ColumnType.BOOLEAN: "true",
    ColumnType.TIMESTAMP: "2024-03-04T09:00:00Z",
}


def module_of(name: str) -> ModuleType:
    return importlib.import_module(f"unrig.hunt.telemetry.{name}")


def value(told: Told, column: str) -> str:
    words = told.fields.words.get(column)
    if words:
        return next(iter(words))
    part = columns_of(told.fields.event_class)[column].part
    return {"SHA256": "a" * 64, "SHA1": "a" * 40, "MD5": "a" * 32, "IMPHASH": "a" * 32}.get(
        part, VALUES[columns_of(told.fields.event_class)[column].type]
    )


@pytest.mark.parametrize("name", BY_LINE)
def test_each_declared_column_is_filled_from_each_field_that_may_hold_it(name: str) -> None:
    declared = next(reader for reader in READERS if reader is module_of(name).READER).fills
    kinds = {id(told.fields): told for told in logs(BY_LINE[name]).values()}
    filled: dict[str, set[str]] = {}
    for told in kinds.values():
        for column, names in told.fields.fields.items():
            for field in names:
                record: dict[str, Any] = dict.fromkeys(field.split(JOIN), value(told, column))
                row = Row(
                    record, dt.datetime(2024, 3, 4, tzinfo=dt.UTC).replace(tzinfo=None), "device", told.action, 1, 0
                )
                [made] = batch(told.fields, MIXED, [row], "s1").to_pylist()
                assert made[column] is not None, (told.fields.event_class, column, field)
                filled.setdefault(told.fields.event_class, set()).add(column)
        filled.setdefault(told.fields.event_class, set()).update(told.fields.constants)
    always = {"time", "time_basis", "source", "record", "offset", "action", "rest"}
    for event_class, columns in declared.items():
        assert columns - always <= filled[event_class], event_class


@pytest.mark.parametrize("name", BY_LINE)
def test_what_a_reader_is_to_work_out_it_works_out(name: str) -> None:
    """A name with an underscore in front is the reader's own: one that nobody sets would be declared and never filled."""
    source = inspect.getsource(module_of(name)) + "".join(
        inspect.getsource(importlib.import_module(f"unrig.hunt.{helper}")) for helper in HELPERS
    )
    own = {
        part
        for told in logs(BY_LINE[name]).values()
        for names in told.fields.fields.values()
        for field in names
        for part in field.split(JOIN)
        if part.startswith("_")
    }
    assert {each for each in own if not re.search(rf'["\']{each}["\']', source)} == set()
