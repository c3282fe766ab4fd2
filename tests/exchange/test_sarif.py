"""SARIF as code scanning reads it: fingerprints, suppressions, regions; valid by OASIS's own schema where that is at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import page_kit
import pytest

from unrig.exchange import sarif
from unrig.model.levels import Severity
from unrig.model.results import VetResult

SCHEMA = Path(__file__).parents[2] / ".optional" / "sarif-2.1.0-rtm.5.json"


def log_of(result: VetResult) -> Any:
    return json.loads(sarif.encode(result))


@pytest.mark.parametrize("text", ["plain", "ä b#?%\u202e\x00", "<script>"])
def test_it_is_valid(rigged: VetResult, text: str) -> None:
    if not SCHEMA.exists():
        pytest.skip("the schema of SARIF is not installed: make optional")
    validator = jsonschema.Draft4Validator(json.loads(SCHEMA.read_text()))
    validator.validate(log_of(rigged))
    validator.validate(log_of(page_kit.vet(text)))


def test_it_says_what_the_result_says(rigged: VetResult) -> None:
    log = log_of(rigged)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules) > 0
    assert len(run["results"]) == len(rigged.findings)
    for entry, finding in zip(run["results"], rigged.findings, strict=True):
        assert rules[entry["ruleIndex"]]["id"] == entry["ruleId"] == finding.rule
        assert entry["level"] in ("none", "note", "warning", "error")
        assert entry["message"]["text"]
        assert entry["partialFingerprints"] == {"unrigFindingId/v1": finding.id}
        assert len({place["id"] for place in entry["relatedLocations"]}) == len(entry["relatedLocations"])
    assert run["results"][0]["relatedLocations"]
    invocation = run["invocations"][0]
    assert "a.zip!/x: expected a member in the clear" in invocation["toolExecutionNotifications"][0]["message"]["text"]
    assert {entry["descriptor"]["id"] for entry in invocation["toolConfigurationNotifications"]} == {
        entry.rule for entry in rigged.not_evaluated
    }
    assert invocation["endTimeUtc"] == "2023-06-01T00:00:00Z"
    assert run["properties"]["verdictWithoutHindsight"] == rigged.verdict_without_hindsight


def test_places_name_a_file_by_address_and_index(rigged: VetResult) -> None:
    (run,) = log_of(rigged)["runs"]
    for entry, finding in zip(run["results"], rigged.findings, strict=True):
        for place in (*entry["locations"], *entry["relatedLocations"]):
            physical = place["physicalLocation"]
            location = physical["artifactLocation"]
            assert location["uri"] == "a.zip!/%C3%A4%20b%23%3F%2525.dll"
            named = run["artifacts"][location["index"]]
            assert named["location"]["uri"] == location["uri"]
            assert named["hashes"] == {"sha-256": finding.artifacts[0].sha256}
    first = run["results"][0]
    assert first["locations"][0]["physicalLocation"]["region"] == {
        "byteOffset": rigged.findings[0].evidence[0].place.offset,
        "byteLength": rigged.findings[0].evidence[0].place.length,
    }


def test_the_release_is_the_first_artifact(rigged: VetResult) -> None:
    (run,) = log_of(rigged)["runs"]
    assert run["artifacts"][0]["hashes"] == {"sha-256": rigged.release.sha256}
    assert run["artifacts"][0]["roles"] == ["analysisTarget"]


def test_a_rule_explains_itself(rigged: VetResult) -> None:
    (run,) = log_of(rigged)["runs"]
    for rule in run["tool"]["driver"]["rules"]:
        assert f"unrig explain {rule['id']}" in rule["help"]["text"]
        assert rule["fullDescription"]["text"].startswith(rule["shortDescription"]["text"])
        assert 0 <= float(rule["properties"]["security-severity"]) <= 10


def test_a_rule_weighs_as_its_worst_finding() -> None:
    one = page_kit.finding("plain")
    mild = msgspec.structs.replace(one, id="f2", severity=Severity.LOW)
    result = msgspec.structs.replace(page_kit.vet(), findings=(one, mild))
    (rule,) = log_of(result)["runs"][0]["tool"]["driver"]["rules"]
    assert rule["defaultConfiguration"] == {"level": "error"}
    assert [entry["level"] for entry in log_of(result)["runs"][0]["results"]] == ["error", "note"]


def test_a_waived_finding_is_a_suppressed_result(rigged: VetResult) -> None:
    waived = tuple(msgspec.structs.replace(finding, waived="known to its publisher") for finding in rigged.findings)
    log = log_of(msgspec.structs.replace(rigged, findings=waived))
    for entry in log["runs"][0]["results"]:
        assert entry["suppressions"] == [
            {"kind": "external", "status": "accepted", "justification": "known to its publisher"}
        ]
    assert all("suppressions" not in entry for entry in log_of(rigged)["runs"][0]["results"])
