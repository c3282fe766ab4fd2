from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from unrig.hunt.analytics.first_contact_code_hosting import ANALYTIC
from unrig.model.levels import Severity
from unrig.model.telemetry import Seen

SITE = "raw.githubusercontent.com"


def live(log: Any, device: str, image: str, days: int = 20, since: int = 0) -> None:
    """Let a program run and look up its own site once a day."""
    for day in range(since, days):
        log.start(day, device, image, "")
        log.query(day + 0.01, device, image, "update.phone.example")


def found(result: Any) -> list[Any]:
    return [each for each in result.sightings if each.of == ANALYTIC.id]


def test_a_new_habit_after_weeks_is_seen_on_all_devices(log: Any, tmp_path: Path, kit: Any) -> None:
    for device in ("pc1", "pc2", "pc3", "pc4"):
        live(log, device, kit.phone)
    log.query(10, "pc1", kit.phone, SITE).query(14, "pc2", kit.phone, SITE)
    log.event(3, 15, "pc2", Image=kit.phone, DestinationHostname="GITHUB.com.", DestinationPort=443)
    result = kit.run(log.write(tmp_path / "log"))
    assert [(each.device, each.detail, each.severity) for each in found(result)] == [
        ("pc1", SITE, Severity.MEDIUM),
        ("pc2", SITE, Severity.MEDIUM),
        ("pc2", "github.com.", Severity.MEDIUM),
    ]
    scores = found(result)[0].scores
    assert scores["prevalence"] == 0.5
    assert scores["days_of_history"] == 10
    assert scores["novelty"] == pytest.approx(10 / 15, abs=0.01)
    assert [each.stages for each in result.devices] == [("command-and-control",)] * 2


def test_history_counts_from_when_contacts_were_logged(log: Any, tmp_path: Path, kit: Any) -> None:
    for day in range(20):
        log.start(day, "pc1", kit.phone)
    log.query(8, "pc1", kit.phone, "update.phone.example").query(18, "pc1", kit.phone, SITE)
    [sighting] = found(kit.run(log.write(tmp_path / "log")))
    assert sighting.scores["days_of_history"] == 10


@pytest.mark.parametrize(("quiet", "said"), [(2, []), (3, [Severity.LOW]), (6, [Severity.LOW]), (7, [Severity.MEDIUM])])
def test_after_a_few_quiet_days_it_is_said_as_low(quiet: int, said: Any, log: Any, tmp_path: Path, kit: Any) -> None:
    live(log, "pc1", kit.phone)
    log.query(quiet + 0.05, "pc1", kit.phone, SITE)
    assert [each.severity for each in found(kit.run(log.write(tmp_path / "log")))] == said


def benign_browser(log: Any, kit: Any) -> None:
    browser = "C:\\Program Files\\Google\\Chrome\\Application\\Chrome.exe"
    live(log, "pc1", browser)
    log.query(12, "pc1", browser, SITE)


def benign_developer_tool(log: Any, kit: Any) -> None:
    live(log, "pc1", "/usr/bin/git")
    log.query(12, "pc1", "/usr/bin/git", "github.com")


def benign_earlier_contact(log: Any, kit: Any) -> None:
    live(log, "pc1", kit.phone)
    log.query(2, "pc1", kit.phone, SITE).query(12, "pc1", kit.phone, SITE)


def benign_earlier_contact_elsewhere(log: Any, kit: Any) -> None:
    live(log, "pc1", kit.phone)
    live(log, "pc2", "D:\\other\\PHONE.exe")
    log.query(1, "pc2", "D:\\other\\PHONE.exe", "gist.github.com").query(12, "pc1", kit.phone, SITE)


def benign_new_program(log: Any, kit: Any) -> None:
    live(log, "pc1", "C:\\other.exe")
    live(log, "pc1", kit.phone, since=10)
    log.query(12, "pc1", kit.phone, SITE)


def benign_new_device(log: Any, kit: Any) -> None:
    """The program is old, but this device's lookups are logged since yesterday: nobody knows its habits."""
    live(log, "pc1", kit.phone)
    live(log, "pc2", kit.phone, since=14)
    log.query(15, "pc2", kit.phone, SITE)


def benign_unwatched_history(log: Any, kit: Any) -> None:
    """The program started long ago, but lookups are logged since two days."""
    for day in range(15):
        log.start(day, "pc1", kit.phone)
    log.query(12, "pc1", kit.phone, "update.phone.example").query(14, "pc1", kit.phone, SITE)


def benign_lookalike(log: Any, kit: Any) -> None:
    live(log, "pc1", kit.phone)
    log.query(12, "pc1", kit.phone, "notgithub.com").query(12, "pc1", kit.phone, "github.com.phone.example")


def benign_unknown_program(log: Any, kit: Any) -> None:
    live(log, "pc1", kit.phone)
    log.query(12, "pc1", "<unknown process>", SITE).query(13, "pc1", "-", SITE)


@pytest.mark.parametrize(
    "twin",
    [
        benign_browser,
        benign_developer_tool,
        benign_earlier_contact,
        benign_earlier_contact_elsewhere,
        benign_new_program,
        benign_new_device,
        benign_unwatched_history,
        benign_lookalike,
        benign_unknown_program,
    ],
)
def test_what_looks_alike_but_is_innocent_is_not_seen(twin: Any, log: Any, tmp_path: Path, kit: Any) -> None:
    twin(log, kit)
    assert not found(kit.run(log.write(tmp_path / "log")))


def test_a_device_with_a_short_log_could_not_have_shown_it(log: Any, tmp_path: Path, kit: Any) -> None:
    live(log, "pc1", kit.phone)
    live(log, "pc2", kit.phone, days=3)
    log.start(0, "pc3", kit.phone)
    result = kit.run(log.write(tmp_path / "log"))
    answers = {each.device: each for each in result.observability if each.of == ANALYTIC.id}
    assert answers["pc1"].state is Seen.NOT_SEEN
    assert answers["pc2"].state is Seen.NOT_OBSERVABLE
    assert answers["pc2"].why == "2 days of history, 7 are needed"
    assert answers["pc2"].remedy == "keep at least 7 days of telemetry"
    assert answers["pc3"].why == "no dns, http, network events"
    assert "Sysmon event 22" in answers["pc3"].remedy
    assert (answers["pc1"].first - kit.start).total_seconds() == pytest.approx(864, abs=1)


def proxied(made: Any, agent: str, *, image: str | None = None) -> None:
    """Let a program ask for its own site once a day through a proxy, and on the twelfth for another."""
    for day in range(14):
        made.add("http", day, "10.1.2.3", host="update.phone.example", user_agent=agent, image=image)
    made.add("http", 12, "10.1.2.3", host=SITE, user_agent=agent, image=image)


def test_behind_a_proxy_the_user_agent_stands_for_the_program(made: Any) -> None:
    proxied(made, "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Phone/2.1 Chrome/102.0 Electron/19.1 Safari/537.36")
    [sighting] = made.sight(ANALYTIC)
    assert (sighting.device, sighting.process, sighting.detail) == ("10.1.2.3", "phone", SITE)
    assert sighting.severity is Severity.MEDIUM


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/110.0.0.0 Safari/537.36",
        "git/2.39.1",
        "",
    ],
)
def test_behind_a_proxy_browsers_tools_and_who_says_nothing_are_not_seen(made: Any, agent: str) -> None:
    proxied(made, agent)
    assert not made.sight(ANALYTIC)


def test_a_program_with_a_name_is_told_by_it_and_not_by_its_user_agent(made: Any) -> None:
    proxied(made, "loader/1", image="c:\\tools\\chrome.exe")
    assert not made.sight(ANALYTIC)
