from __future__ import annotations

import json
import os
import tarfile
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest

from unrig.exchange.openvex import read_openvex
from unrig.model.artifact import Release
from unrig.model.exposure import Affected, NotAffected, UnderInvestigation
from unrig.model.identity import Identity
from unrig.model.levels import Answer
from unrig.respond.documents.openvex import emit


def statements(data: bytes) -> Any:
    return {one.products[0].id: one for one in read_openvex(data, "f").statements}


def test_each_exposure_becomes_the_statement_of_its_status(made: ModuleType, fixed: Release) -> None:
    found = statements(emit(made.inputs(fix=fixed)))
    assert [one.status for one in found.values()] == [
        "affected",
        "affected",
        "under_investigation",
        "fixed",
        "not_affected",
    ]
    carrier = found[f"urn:unrig:sha256:{made.CARRIER}"]
    assert carrier.products[0].hashes == {"sha-256": made.CARRIER}
    assert fixed.sha256 in carrier.action_statement
    good = found[f"urn:unrig:sha256:{made.sha('older, good')}"]
    assert good.justification == "vulnerable_code_not_present"


def test_nothing_is_called_fixed_before_it_is_verified(made: ModuleType) -> None:
    assert "fixed" not in {one.status for one in statements(emit(made.inputs())).values()}


def test_the_vendor_can_state_without_an_inventory(made: ModuleType) -> None:
    found = statements(emit(made.inputs(scope=None)))
    assert {one.status for one in found.values()} == {"affected"}
    assert {key[-64:] for key in found} == {made.CARRIER, made.READER}


@pytest.mark.parametrize(("answer", "named"), [(Answer.YES, True), (Answer.NO, False), (Answer.UNKNOWN, False)])
def test_a_purl_stands_only_where_it_tells_the_two_apart(made: ModuleType, answer: Any, named: Any) -> None:
    identity = Identity(
        sha256=made.sha("x"), purl="pkg:npm/phone@1", discriminates={"sha256": Answer.YES, "purl": answer}
    )
    exposure = Affected(
        id="e", identity=identity, devices=1, denominator=1, matched_by=("sha256",), reason="r", action="a"
    )
    found = statements(emit(made.inputs(scope=made.scoped(exposures=(exposure,)))))
    assert found[f"urn:unrig:sha256:{made.sha('x')}"].products[0].identifiers == (
        {"purl": "pkg:npm/phone@1"} if named else {}
    )


def test_a_product_has_one_status_and_it_is_the_gravest(made: ModuleType) -> None:
    good = NotAffected(
        id="n",
        identity=Identity(sha256=made.CARRIER),
        devices=1,
        denominator=1,
        matched_by=("sha256",),
        reason="an inventory that is wrong",
        justification="vulnerable_code_not_present",
    )
    found = statements(emit(made.inputs(scope=made.scoped(exposures=(good,)))))
    assert found[f"urn:unrig:sha256:{made.CARRIER}"].status == "affected"


def test_no_customer_and_no_device_is_in_it(made: ModuleType) -> None:
    groups = ()
    question = UnderInvestigation(
        id="q",
        identity=Identity(name="SoftPhone"),
        devices=3,
        denominator=9,
        matched_by=("name",),
        reason="r",
        missing=("sha256",),
        groups=groups,
    )
    text = emit(made.inputs(scope=made.scoped(exposures=(question,)))).decode()
    assert '"devices"' not in text
    assert '"groups"' not in text


def test_a_case_id_of_any_letters_makes_an_iri(made: ModuleType) -> None:
    data = emit(made.inputs(case_id="Fall 7/ä <x>"))
    assert json.loads(data)["statements"][0]["vulnerability"]["@id"] == "urn:unrig:case:Fall%207%2F%C3%A4%20%3Cx%3E"


def test_the_id_follows_the_content_and_the_issue_is_the_version(made: ModuleType) -> None:
    first, second = json.loads(emit(made.inputs())), json.loads(emit(made.inputs(issue=2)))
    assert first["@id"] != second["@id"]
    assert (first["version"], second["version"]) == (1, 2)
    assert first["timestamp"] == "2026-01-02T03:04:05Z"


def test_the_published_schema_agrees(made: ModuleType, fixed: Release) -> None:
    corpora = os.environ.get("UNRIG_CORPORA")
    if not corpora:
        pytest.skip("UNRIG_CORPORA is not set")
    with tarfile.open(Path(corpora) / "schemas.tar.xz") as archive:
        schema = json.load(archive.extractfile("spec/openvex_json_schema.json"))
    jsonschema.validate(json.loads(emit(made.inputs(fix=fixed))), schema)
