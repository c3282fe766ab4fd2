from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest

from unrig.exchange import stix
from unrig.model.levels import Severity
from unrig.model.place import EventRef
from unrig.model.results import HuntResult
from unrig.model.telemetry import Sighting, Triage
from unrig.report.render import HUNT_FORMATS, format_of, render

AT = dt.datetime(2024, 3, 4, 9, tzinfo=dt.UTC)


def sighting(name: str, **fields: Any) -> Sighting:
    given = {
        "of": "beacon", "title": "Contacts at regular intervals", "device": "pc1", "first": AT,
        "last": AT + dt.timedelta(days=1), "count": 24, "stage": "command-and-control", "severity": Severity.MEDIUM,
        "techniques": ("T1071.001",), "detail": "=cmd|x", "process": "c:\\a.exe", "scores": {"score": 0.93},
        "rows": (EventRef(source="log", record=1, offset=0),),
    } | fields  # fmt: skip
    return Sighting(id=name, **given)


@pytest.fixture
def result() -> HuntResult:
    return HuntResult(
        generated_at=AT,
        unrig_version="1",
        complete=False,
        because=(),
        sightings=(
            sighting("s1"),
            sighting("s2", last=AT, techniques=(), severity=Severity.CRITICAL),
            sighting("s3", triage=Triage(state="benign", reason="backup", owner="ann")),
        ),
    )


@pytest.mark.parametrize("wanted", HUNT_FORMATS)
def test_every_format_is_told_by_its_suffix_and_written_twice_the_same(wanted: str, result: HuntResult) -> None:
    assert format_of(Path(f"hunt.{wanted}")) == wanted
    assert render(result, wanted) == render(result, wanted)


def test_stix_leaves_out_the_benign_and_can_be_read_back(result: HuntResult) -> None:
    found = stix.read(render(result, "stix.json"), "hunt")
    assert not found.problems
    seen = [each for each in found.bundle.objects if isinstance(each, stix.Sighting)]
    assert len(seen) == 2
    ids = {each.id for each in found.bundle.objects}
    assert all({each.sighting_of_ref, *each.where_sighted_refs} <= ids for each in seen)
    assert {each.count for each in seen} == {24}


def test_ocsf_has_what_a_detection_finding_must_have(result: HuntResult) -> None:
    first, second, third = json.loads(render(result, "ocsf.json"))
    assert first["class_uid"] * 100 + first["activity_id"] == first["type_uid"]
    assert (first["severity_id"], second["severity_id"], third["status_id"]) == (3, 5, 3)
    assert first["time"] == round(AT.timestamp() * 1000)
    assert first["finding_info"]["attacks"][0]["technique"]["uid"] == "T1071.001"
    assert first["evidences"][0]["data"] == {"source": "log", "record": 1, "offset": 0}


def test_timesketch_has_a_line_for_each_end(result: HuntResult) -> None:
    lines = [json.loads(line) for line in render(result, "timesketch.jsonl").splitlines()]
    assert [line["timestamp_desc"] for line in lines].count("Last seen") == 2
    assert [line["datetime"] for line in lines] == sorted(line["datetime"] for line in lines)
    assert all({"message", "datetime", "timestamp_desc"} <= set(line) for line in lines)


def test_csv_is_no_formula_and_parquet_has_times(result: HuntResult) -> None:
    rows = list(csv.DictReader(io.StringIO(render(result, "csv").decode())))
    assert [row["sighting"] for row in rows] == ["s1", "s2", "s3"]
    assert rows[0]["detail"] == "'=cmd|x"
    pq = pytest.importorskip("pyarrow.parquet")
    [first, *_] = pq.read_table(io.BytesIO(render(result, "parquet"))).to_pylist()
    assert (first["first"], first["count"], first["detail"]) == (AT, 24, "=cmd|x")
