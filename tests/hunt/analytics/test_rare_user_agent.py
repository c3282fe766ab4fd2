from __future__ import annotations

from typing import Any

from unrig.hunt.analytics.rare_user_agent import ANALYTIC
from unrig.model.levels import Severity

BROWSER = "Mozilla/5.0 (Windows NT 10.0) Chrome/{}.0"


def ask(made: Any, day: float, device: str, agent: str, host: str = "news.example") -> None:
    made.add("http", day, device, host=host, user_agent=agent)


def fleet(made: Any) -> None:
    for number in range(60):
        ask(made, 0, f"pc{number}", BROWSER.format(110))


def test_a_new_agent_of_one_device(made: Any) -> None:
    fleet(made)
    ask(made, 9, "pc1", "loader 1", host="c2.example")
    ask(made, 9, "pc2", "radio/2")
    found = {each.device: each.severity for each in made.sight(ANALYTIC)}
    assert found == {"pc1": Severity.MEDIUM, "pc2": Severity.LOW}


def test_a_new_version_of_the_browser_is_not(made: Any) -> None:
    fleet(made)
    ask(made, 9, "pc1", BROWSER.format(111))
    ask(made, 2, "pc2", "early/1", host="a.example")
    assert not made.sight(ANALYTIC)
