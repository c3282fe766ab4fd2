"""JUnit XML, writing: findings as test cases, for CI systems that show nothing else.

There is no standard; these are the elements and attributes that Jenkins, GitLab and GitHub's actions read. A finding at
or above the fail level is a failure, what could not be looked at an error, a waived finding and a rule that had nothing
to judge by are skipped. The case named `verdict` fails exactly where the exit code is 1, and is an error where it is 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from unrig.model.coverage import NotEvaluated
from unrig.model.finding import Finding
from unrig.model.levels import Severity, VerdictWord, severity_rank
from unrig.model.problem import Problem
from unrig.model.results import VetResult

_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write (section 2.2)."""
ALARMING = (VerdictWord.RIGGED, VerdictWord.SUSPICIOUS)


def encode(result: VetResult, fail_on: Severity) -> bytes:
    """Return one test suite about the release; findings from `fail_on` on are failures."""
    cases = [
        _verdict(result, fail_on),
        *(_finding(one, fail_on) for one in result.findings),
        *(_problem(one) for one in result.problems),
        *(_not_evaluated(one) for one in result.not_evaluated),
    ]
    counts = {"tests": str(len(cases))}
    for plural, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        counts[plural] = str(sum(case.find(tag) is not None for case in cases))
    whole = ET.Element("testsuites", {"name": "unrig vet", **counts})
    at = result.generated_at.strftime("%Y-%m-%dT%H:%M:%S")
    suite = ET.SubElement(whole, "testsuite", {"name": _text(result.release.path), "timestamp": at, **counts})
    said = ET.SubElement(suite, "properties")
    for name, value in (
        ("sha256", result.release.sha256),
        ("verdict", result.verdict),
        ("unrig", result.unrig_version),
    ):
        ET.SubElement(said, "property", {"name": name, "value": _text(value)})
    suite.extend(cases)
    ET.indent(whole)
    written: bytes = ET.tostring(whole, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _case(group: str, name: str) -> ET.Element:
    return ET.Element("testcase", {"classname": _text(f"unrig.{group}"), "name": _text(name)})


def _add(case: ET.Element, tag: str, message: str, text: str = "", kind: str = "") -> ET.Element:
    attributes = {"message": _text(message), **({"type": _text(kind)} if kind else {})}
    ET.SubElement(case, tag, attributes).text = _text(text) or None
    return case


def _verdict(result: VetResult, fail_on: Severity) -> ET.Element:
    case = _case("verdict", "verdict")
    reasons = "\n".join(result.because)
    standing = [one for one in result.findings if not one.waived]
    if result.verdict in ALARMING or any(_fails(one, fail_on) for one in standing):
        return _add(case, "failure", f"the verdict is {result.verdict}", reasons, result.verdict)
    if not result.complete:
        return _add(case, "error", "not everything was looked at", reasons, "incomplete")
    return case


def _fails(finding: Finding, fail_on: Severity) -> bool:
    return severity_rank(finding.severity) >= severity_rank(fail_on)


def _finding(finding: Finding, fail_on: Severity) -> ET.Element:
    case = _case(finding.rule, f"{finding.summary} [{finding.id}]")
    if finding.artifacts:
        case.set("file", _text(finding.artifacts[0].path))
    text = "\n".join(_details(finding))
    if finding.waived:
        return _add(case, "skipped", f"waived: {finding.waived}")
    if _fails(finding, fail_on):
        return _add(case, "failure", finding.title, text, finding.severity)
    ET.SubElement(case, "system-out").text = _text(f"{finding.severity}: {finding.title}\n{text}")
    return case


def _details(finding: Finding) -> Iterator[str]:
    yield finding.summary
    yield f"{finding.severity}, confidence {finding.confidence}, {', '.join(finding.techniques)}"
    yield from (f"{ref.path} SHA-256 {ref.sha256}" for ref in finding.artifacts)
    for expected, observed in dict.fromkeys((one.expected, one.observed) for one in finding.evidence):
        if expected or observed:
            yield f"expected {expected}; found {observed}"
    yield f"The innocent thing most like it: {finding.benign}."


def _problem(problem: Problem) -> ET.Element:
    message = f"expected {problem.expected}, found {problem.observed}"
    return _add(_case("seen", problem.where), "error", message, f"{problem.effect}. {problem.action}", problem.kind)


def _not_evaluated(entry: NotEvaluated) -> ET.Element:
    return _add(_case(entry.rule, "not evaluated"), "skipped", entry.reason)


def _text(text: str) -> str:
    """Return text that XML can hold: what it cannot stands as an escape, so that nothing vanishes."""
    return _FORBIDDEN.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode(), text)
