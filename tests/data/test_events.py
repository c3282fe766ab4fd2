from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pytest

from unrig.data.events import (
    ColumnType,
    arrow_schema,
    catalogue,
    class_names,
    columns_of,
    mapping,
    remedy,
)

SHARED = {"time", "time_basis", "device", "user", "source", "record", "process_guid", "pid", "image", "parent_image"}


def test_the_classes_are_those_of_the_model() -> None:
    assert set(class_names()) == {
        "process", "module_load", "process_access", "file", "registry", "network", "dns", "http", "tls", "pipe",
        "service", "driver", "authentication", "script", "wmi", "exclusion", "other",
    }  # fmt: skip


@pytest.mark.parametrize("name", class_names())
def test_every_class_has_the_shared_columns_a_schema_and_a_remedy(name: str) -> None:
    schema = arrow_schema(name)
    assert {*SHARED, "command_line", "rest", "offset"} <= set(schema.names)
    assert schema.field("time").type == pa.timestamp("us")
    assert schema.field("record").type == pa.int64()
    assert len(set(schema.names)) == len(schema.names)
    assert catalogue().classes[name].remedy


@pytest.mark.parametrize("name", class_names())
def test_a_column_has_sensible_properties(name: str) -> None:
    for column, kind in columns_of(name).items():
        assert column.isidentifier()
        assert not kind.fold or kind.type is ColumnType.TEXT
        assert not kind.part or kind.sysmon
        assert "hash" not in kind.ecs or kind.fold, column


def test_hashes_paths_and_domains_are_folded() -> None:
    for event_class, column in [("process", "image"), ("dns", "query"), ("module_load", "sha256"), ("file", "target")]:
        assert columns_of(event_class)[column].fold
    assert not columns_of("process")["command_line"].fold


def test_no_event_id_of_sysmon_has_two_classes() -> None:
    ids = [number for kind in catalogue().classes.values() for number in kind.sysmon]
    assert len(ids) == len(set(ids))


def test_a_class_may_say_what_a_shared_column_is_there() -> None:
    assert columns_of("process_access")["image"].sysmon == ("SourceImage",)
    assert list(columns_of("process_access")).index("image") == list(columns_of("process")).index("image")


def test_the_mappings_follow_the_standards_names() -> None:
    assert mapping("process", "sigma")["Hashes"] == ("sha256", "md5", "sha1", "imphash")
    assert mapping("dns", "sigma")["QueryName"] == ("query",)
    assert mapping("network", "ecs")["destination.domain"] == ("destination_host",)
    assert mapping("http", "ocsf")["http_request.user_agent"] == ("user_agent",)
    assert "" not in mapping("other", "ecs")


def test_a_columns_own_remedy_goes_before_its_classes() -> None:
    assert "HashAlgorithms" in remedy("process", "sha256")
    assert remedy("dns", "query") == remedy("dns")


def test_the_catalogue_needs_no_arrow() -> None:
    code = "import sys; from unrig.data import events; events.catalogue(); print('pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
