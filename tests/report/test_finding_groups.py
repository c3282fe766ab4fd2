"""However many findings there are, the page stays one that opens, and the numbers stay true."""

import msgspec
import page_kit
import pytest

from unrig.model.finding import Finding
from unrig.model.levels import Severity
from unrig.report import html
from unrig.report.finding_groups import IN_FULL, IN_FULL_EACH, LINES, LINES_EACH, counts_of, groups_of

ENOUGH_FOR_A_PAGE = 8 << 20


def findings(count: int, rule: str = "rule", severity: Severity = Severity.HIGH, waived: str = "") -> list[Finding]:
    one = page_kit.finding("plain")
    changed = {"rule": rule, "severity": severity, "waived": waived}
    return [msgspec.structs.replace(one, id=f"{rule}-{number}", **changed) for number in range(count)]


def test_few_findings_stand_in_full() -> None:
    (group,) = groups_of(findings(3))
    assert (len(group.full), len(group.lines), group.rest, group.total) == (3, 0, 0, 3)


def test_the_worst_of_many_rules_get_the_room() -> None:
    every = [one for number in range(40) for one in findings(1000, f"rule-{number:02}")]
    groups = groups_of(every)
    assert sum(len(group.full) for group in groups) == IN_FULL
    assert sum(len(group.lines) for group in groups) == LINES
    assert (len(groups[0].full), len(groups[0].lines)) == (IN_FULL_EACH, LINES_EACH)
    assert [group.total for group in groups] == [1000] * 40


def test_a_group_is_open_where_it_is_grave_and_not_accepted() -> None:
    opened = [groups_of(findings(1, severity=severity))[0].opened for severity in Severity]
    assert opened == [False, False, False, True, True]
    assert not groups_of(findings(2, waived="known"))[0].opened


def test_counts_tell_waived_from_standing() -> None:
    every = findings(2, "a", Severity.LOW) + findings(1, "b", Severity.CRITICAL) + findings(3, "c", Severity.LOW, "yes")
    assert [(one.severity, one.standing, one.waived) for one in counts_of(every)] == [("critical", 1, 0), ("low", 2, 3)]


@pytest.mark.parametrize("rules", [1, 500])
def test_ten_thousand_findings_make_a_page_that_opens(rules: int) -> None:
    every = [one for number in range(rules) for one in findings(10_000 // rules, f"rule-{number}", Severity.MEDIUM)]
    content = html.render_result(msgspec.structs.replace(page_kit.vet(), findings=tuple(every)))
    assert len(content) < ENOUGH_FOR_A_PAGE
    assert b"10000 medium" in content or b"10000 waived" in content
    assert content.count(b"<article") <= IN_FULL
    assert b"more findings of rule-0 in the JSON document" in content or rules > 1
