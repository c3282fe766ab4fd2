"""JUnit says what the exit code says, and holds any text a release may bring."""

from xml.etree import ElementTree as ET

import msgspec
import page_kit
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.cli import exit_codes
from unrig.exchange import junit
from unrig.model.levels import Severity, VerdictWord
from unrig.model.results import VetResult


def suite(result: VetResult, fail_on: Severity = Severity.HIGH) -> ET.Element:
    found = ET.fromstring(junit.encode(result, fail_on)).find("testsuite")
    assert found is not None
    return found


def outcome(case: ET.Element) -> str:
    return next((child.tag for child in case if child.tag in {"failure", "error", "skipped"}), "passed")


def outcomes(result: VetResult, fail_on: Severity = Severity.HIGH) -> dict[str, str]:
    return {case.get("classname", ""): outcome(case) for case in suite(result, fail_on).iter("testcase")}


def quiet(**changed: object) -> VetResult:
    """Return a clean and complete result but for what is said."""
    nothing = dict.fromkeys(("findings", "problems", "not_evaluated"), ())
    given = {"verdict": VerdictWord.CLEAN, "complete": True, **nothing, **changed}
    return msgspec.structs.replace(page_kit.vet(), **given)


def test_findings_problems_and_silent_rules_are_cases(rigged: VetResult) -> None:
    found = outcomes(rigged)
    assert found["unrig.signature-padding"] == "failure"
    assert found["unrig.seen"] == "error"
    assert found["unrig.listed-hash"] == "skipped"
    assert found["unrig.verdict"] == "failure"
    failure = next(case for case in suite(rigged).iter("testcase") if case.get("file"))
    assert failure.get("file") == "a.zip!/ä b#?%25.dll"
    assert "SHA-256" in (failure.findtext("failure") or "")


def test_the_numbers_are_those_of_the_cases(rigged: VetResult) -> None:
    found = [outcome(case) for case in suite(rigged).iter("testcase")]
    head = suite(rigged)
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(head.get(name, "")) == found.count(tag)
    assert int(head.get("tests", "")) == len(found)


def test_a_waived_finding_is_skipped_with_its_reason() -> None:
    (case,) = [one for one in suite(page_kit.vet("known")).iter("testcase") if one.get("classname") == "unrig.rule-1"]
    assert outcome(case) == "skipped"
    assert case.find("skipped").get("message") == "waived: known"


@pytest.mark.parametrize("fail_on", [s for s in Severity if s is not Severity.INFO])
@pytest.mark.parametrize("severity", list(Severity))
@pytest.mark.parametrize("complete", [True, False])
def test_the_verdict_fails_where_the_exit_code_does(fail_on: Severity, severity: Severity, complete: bool) -> None:
    finding = msgspec.structs.replace(page_kit.finding("plain"), severity=severity, waived="")
    result = quiet(findings=(finding,), complete=complete, verdict=VerdictWord.REVIEW)
    expected = {exit_codes.FOUND: "failure", exit_codes.INCOMPLETE: "error", exit_codes.OK: "passed"}
    assert outcomes(result, fail_on)["unrig.verdict"] == expected[exit_codes.of_vet(result, fail_on)]


def test_a_clean_release_is_one_passed_case() -> None:
    assert outcomes(quiet()) == {"unrig.verdict": "passed"}


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=40))
def test_any_text_gives_xml_that_reads_back(text: str) -> None:
    assert suite(page_kit.vet(f"x{text}")).get("name", "").startswith("x")


def test_what_xml_cannot_hold_is_shown_as_an_escape() -> None:
    assert suite(page_kit.vet("a\x00b\x1b[2J\ufffe")).get("name") == "a\\x00b\\x1b[2J\\ufffe"
