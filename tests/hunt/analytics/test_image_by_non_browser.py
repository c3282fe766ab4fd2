from __future__ import annotations

from typing import Any

from unrig.hunt.analytics.image_by_non_browser import ANALYTIC
from unrig.model.levels import Severity

PHONE = "c:\\program files\\phone\\phone.exe"


def fetch(made: Any, day: float, path: str, host: str = "cdn.example", image: str = PHONE, **columns: Any) -> None:
    made.add("http", day, "pc1", image=image, host=host, url_path=path, **columns)


def weeks(made: Any, image: str = PHONE) -> None:
    for day in range(14):
        made.start(day, "pc1", image)
        fetch(made, day, "/update.json", image=image)


def test_new_pictures_are_low_and_medium_from_code_hosting(made: Any) -> None:
    weeks(made)
    fetch(made, 12, "/a.bin", content_type="image/png")
    fetch(made, 12, "/team/x/main/icon3.ICO", host="raw.githubusercontent.com")
    found = {each.detail.partition("/")[0]: each.severity for each in made.sight(ANALYTIC)}
    assert found == {"cdn.example": Severity.LOW, "raw.githubusercontent.com": Severity.MEDIUM}


def test_browsers_and_old_habits_are_not(made: Any) -> None:
    weeks(made, "c:\\chrome.exe")
    fetch(made, 12, "/a.png", image="c:\\chrome.exe")
    weeks(made)
    fetch(made, 2, "/a.png")
    fetch(made, 12, "/a.png")
    assert not made.sight(ANALYTIC)


def test_a_user_agent_stands_for_the_program_that_a_proxy_does_not_name(made: Any) -> None:
    browser = "Mozilla/5.0 (X11) Gecko/20100101 Firefox/110.0"
    for day in range(14):
        for agent in ("Phone/2.1", browser):
            made.add("http", day, "pc1", host="update.example", url_path="/news", user_agent=agent)
    for agent in ("Phone/2.1", browser):
        made.add("http", 12, "pc1", host="gitlab.com", url_path="/a/icon3.ico", user_agent=agent)
    [found] = made.sight(ANALYTIC)
    assert (found.process, found.severity) == ("phone", Severity.MEDIUM)
