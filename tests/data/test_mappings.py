from __future__ import annotations

import subprocess
import sys

import pytest

from unrig.data.events import arrow_schema, catalogue, class_names
from unrig.data.mappings import (
    JOIN,
    OTHER,
    SYSMON,
    Told,
    channels,
    elastic,
    elastic_topics,
    fills,
    other,
    windows,
    with_ecs,
    zeek,
    zeek_marks,
)

EVERYTHING = [*windows().values(), *elastic().values(), *elastic_topics().values(), *zeek().values(), other()]


@pytest.mark.parametrize("told", EVERYTHING, ids=lambda told: f"{told.fields.event_class}-{told.action}")
def test_every_map_fills_columns_that_its_class_has(told: Told) -> None:
    columns = set(arrow_schema(told.fields.event_class).names)
    assert set(told.fields.fields) <= columns
    assert set(told.fields.words) <= set(told.fields.fields)
    assert "device" in told.fields.fields
    assert all(part for names in told.fields.fields.values() for name in names for part in name.split(JOIN))


def test_sysmons_events_are_those_of_the_catalogue() -> None:
    found = {number: (told.fields.event_class, told.action) for (of, number), told in windows().items() if of == SYSMON}
    classes = catalogue().classes.items()
    assert found == {number: (name, action) for name, kind in classes for number, action in kind.sysmon.items()}


def test_providers_and_channels_are_in_lower_case_and_lead_to_events() -> None:
    providers = {provider for provider, _ in windows()}
    assert providers == {provider.lower() for provider in providers}
    assert set(channels().values()) <= providers
    assert all(channel == channel.lower() for channel in channels())


def test_the_shared_fields_of_elastics_schema_come_after_the_events_own() -> None:
    told = with_ecs(windows()[SYSMON, 1])
    assert told.action == "start"
    assert told.fields.fields["image"] == ("Image", "process.executable")
    assert told.fields.fields["user"] == ("User", f"user.domain{JOIN}user.name")
    assert told is with_ecs(windows()[SYSMON, 1])
    assert with_ecs(windows()[SYSMON, 3]).fields.words["initiated"]["egress"] == "true"


def test_what_nothing_else_maps_has_a_place() -> None:
    assert other().fields.event_class == zeek()[OTHER].fields.event_class == OTHER
    assert OTHER not in zeek_marks().values()
    assert set(zeek_marks().values()) <= set(zeek())


def test_fills_joins_the_columns_of_all_maps_of_a_class() -> None:
    found = fills(windows().values())
    assert {"image", "sha256", "rest", "source", "record", "offset", "time"} <= found["process"]
    assert {"name", "program"} <= found["service"]
    assert set(fills(EVERYTHING)) == set(class_names())


def test_the_mappings_need_no_arrow() -> None:
    code = "import sys; from unrig.data import mappings; mappings.windows(); print('pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
