"""Results as documents: each format for the results that have one, the same bytes each time."""

from __future__ import annotations

import json

import msgspec
import pytest
from vet_kit import NOW

from unrig.model.errors import UsageError
from unrig.model.results import HuntResult, VetResult
from unrig.model.telemetry import DeviceSummary
from unrig.report import jsonl, render
from unrig.report.plain import plain


def test_json_reads_back_as_the_same_result(rigged: VetResult) -> None:
    data = render.render(rigged, "json")
    assert data.startswith(b'{\n  "schema": "unrig.vet/1",\n')
    assert data.endswith(b"}\n")
    assert msgspec.json.decode(data, type=VetResult) == rigged


def test_json_lines_hold_all_of_the_document(rigged: VetResult) -> None:
    lines = [json.loads(line) for line in render.render(rigged, "jsonl").splitlines()]
    head, *records, end = lines
    assert (head.pop("type"), end) == ("head", {"type": "end", "records": len(records)})
    for record in records:
        head.setdefault(record["type"], []).append(record["record"])
    whole = json.loads(render.render(rigged, "json"))
    assert head == {name: value for name, value in whole.items() if value != [] or name in head}
    assert {name for name in jsonl._LISTS if whole.get(name)} == {record["type"] for record in records}


def test_floats_have_six_digits() -> None:
    device = DeviceSummary(device="d", stages=(), score=200 / 3, timeline=())
    assert plain(device)["score"] == 66.6667
    assert plain({"a": (1e-9 / 3, 2, "x", None, True)}) == {"a": [3.33333e-10, 2, "x", None, True]}


@pytest.mark.parametrize("wanted", sorted(set(render.FORMATS) - set(render.HUNT_FORMATS)))
def test_what_is_about_findings_is_for_vet_alone(wanted: str) -> None:
    hunt = HuntResult(generated_at=NOW, unrig_version="x", complete=True, because=())
    with pytest.raises(UsageError, match=r"unrig.hunt/1 can be written in: json, jsonl, html, csv, parquet"):
        render.render(hunt, wanted)


@pytest.mark.parametrize("wanted", ["parquet", "timesketch.jsonl", "txt", "", "cdx"])
def test_a_format_that_nothing_has_is_refused_by_name(rigged: VetResult, wanted: str) -> None:
    with pytest.raises(UsageError, match=r"can be written in: .*cdx\.json, stix\.json, csv, md, xml"):
        render.render(rigged, wanted)


def test_the_same_result_gives_the_same_bytes(rigged: VetResult) -> None:
    again = msgspec.json.decode(render.to_json(rigged), type=VetResult)
    for wanted in render.FORMATS:
        assert render.render(again, wanted) == render.render(rigged, wanted)
