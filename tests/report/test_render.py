"""Results as documents: JSON, JSON Lines, SARIF."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from vet_kit import NOW, vetted, written

from unrig.drill.build.certificate_table import TableSpec
from unrig.drill.build.payload import PayloadSpec
from unrig.drill.build.pe_spec import PeSpec
from unrig.drill.build.signing import SigningSpec, signed_pe
from unrig.drill.build.zip import ZipEntry, build_zip
from unrig.model.errors import UsageError
from unrig.model.results import HuntResult, VetResult
from unrig.model.telemetry import DeviceSummary
from unrig.report import jsonl, render
from unrig.report.plain import plain
from unrig.sandbox.pool import Pool
from unrig.vet.reading import PRELOAD


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> VetResult:
    folder = tmp_path_factory.mktemp("rigged")
    rigged = signed_pe(PeSpec(), SigningSpec(table=TableSpec(padding=PayloadSpec(size=30_000))), 4)
    entries = (ZipEntry(name="ä b#?%.dll", content=rigged), ZipEntry(name="x", content=b"x", encrypted=True))
    with Pool(PRELOAD, jobs=1) as pool:
        return vetted(written(folder / "a.zip", build_zip(entries)), cache=folder / "cache", pool=pool)


def test_json_reads_back_as_the_same_result(result: VetResult) -> None:
    data = render.render(result, "json")
    assert data.startswith(b'{\n  "schema": "unrig.vet/1",\n')
    assert data.endswith(b"}\n")
    assert msgspec.json.decode(data, type=VetResult) == result


def test_json_lines_hold_all_of_the_document(result: VetResult) -> None:
    lines = [json.loads(line) for line in render.render(result, "jsonl").splitlines()]
    head, *records, end = lines
    assert (head.pop("type"), end) == ("head", {"type": "end", "records": len(records)})
    for record in records:
        head.setdefault(record["type"], []).append(record["record"])
    whole = json.loads(render.render(result, "json"))
    assert head == {name: value for name, value in whole.items() if value != [] or name in head}
    assert {name for name in jsonl._LISTS if whole.get(name)} == {record["type"] for record in records}


def test_floats_have_six_digits() -> None:
    device = DeviceSummary(device="d", stages=(), score=200 / 3, timeline=())
    assert plain(device)["score"] == 66.6667
    assert plain({"a": (1e-9 / 3, 2, "x", None, True)}) == {"a": [3.33333e-10, 2, "x", None, True]}


def test_sarif_is_for_vet_alone() -> None:
    hunt = HuntResult(generated_at=NOW, unrig_version="x", complete=True, because=())
    with pytest.raises(UsageError, match=r"unrig.hunt/1 can be written in: json, jsonl"):
        render.render(hunt, "sarif")


def test_sarif_is_what_code_scanning_reads(result: VetResult) -> None:
    log = json.loads(render.render(result, "sarif"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules) > 0
    assert len(run["results"]) == len(result.findings)
    for entry, finding in zip(run["results"], result.findings, strict=True):
        assert rules[entry["ruleIndex"]]["id"] == entry["ruleId"] == finding.rule
        assert entry["level"] in ("none", "note", "warning", "error")
        assert entry["message"]["text"]
        assert entry["partialFingerprints"] == {"unrigFindingId/v1": finding.id}
        places = [*entry["locations"], *entry["relatedLocations"]]
        for place in places:
            uri = place["physicalLocation"]["artifactLocation"]["uri"]
            assert uri == "a.zip!/%C3%A4%20b%23%3F%2525.dll"
            region = place["physicalLocation"].get("region", {"byteOffset": 0, "byteLength": 0})
            assert min(region.values()) >= 0
        assert len({place["id"] for place in entry["relatedLocations"]}) == len(entry["relatedLocations"])
    assert run["results"][0]["relatedLocations"]
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert "a.zip!/x: expected a member in the clear" in notes[0]["message"]["text"]
    assert run["invocations"][0]["endTimeUtc"] == "2023-06-01T00:00:00Z"


def test_a_waived_finding_is_a_suppressed_result(result: VetResult) -> None:
    waived = tuple(msgspec.structs.replace(finding, waived="known to its publisher") for finding in result.findings)
    log = json.loads(render.render(msgspec.structs.replace(result, findings=waived), "sarif"))
    for entry in log["runs"][0]["results"]:
        assert entry["suppressions"] == [{"kind": "external", "justification": "known to its publisher"}]
    assert all("suppressions" not in e for e in json.loads(render.render(result, "sarif"))["runs"][0]["results"])


def test_the_same_result_gives_the_same_bytes(result: VetResult, tmp_path: Path) -> None:
    again = msgspec.json.decode(render.to_json(result), type=VetResult)
    for wanted in render.FORMATS:
        assert render.render(again, wanted) == render.render(result, wanted)
