from __future__ import annotations

from typing import Any

import pytest

from unrig.hunt.leads.user_agent import LEAD_KIND, needs
from unrig.model.lead import UserAgentLead
from unrig.model.levels import Severity

OLD = "Mozilla/5.0 (Windows) PhoneApp/17.1 Chrome/98"


def ask(made: Any, agent: str) -> None:
    made.add("http", 0, "pc1", host="a.example", user_agent=agent)


def test_another_version_than_the_products_is_high(made: Any) -> None:
    ask(made, OLD)
    ask(made, OLD.replace("17.1", "18.2"))
    [sighting] = made.sight(LEAD_KIND, UserAgentLead(id="u", pattern="*phoneapp/*", contradicts_version="18.2"))
    assert (sighting.detail, sighting.severity) == (OLD, Severity.HIGH)


def test_without_a_version_the_agent_alone_is_medium(made: Any) -> None:
    ask(made, OLD)
    assert [each.severity for each in made.sight(LEAD_KIND, UserAgentLead(id="u", pattern="PhoneApp/17.1 "))] == [
        Severity.MEDIUM
    ]


def test_the_pattern_is_text_and_no_expression(made: Any) -> None:
    ask(made, "PhoneAppX17Y1")
    assert not made.sight(LEAD_KIND, UserAgentLead(id="u", pattern="PhoneApp.17.1"))
    assert not made.sight(LEAD_KIND, UserAgentLead(id="u", pattern="(("))


@pytest.mark.parametrize("pattern", ["", "*", " * "])
def test_a_pattern_that_matches_all_asks_nothing(pattern: str) -> None:
    assert needs(UserAgentLead(id="u", pattern=pattern)) == ()
