from __future__ import annotations

from typing import Any

import pytest

from unrig.hunt.analytics.browser_store_read import ANALYTIC
from unrig.model.levels import Severity
from unrig.model.telemetry import Seen

USER = "c:\\users\\ann\\appdata\\local\\"
CHROME = USER + "google\\chrome\\user data\\default\\"
PHONE = "c:\\program files\\phone\\phone.exe"
BACKUP = "c:\\program files\\backup\\backup.exe"

STORES = {
    "history of chrome": CHROME + "history",
    "logins of chrome": CHROME + "login data",
    "cookies of chrome": CHROME + "network\\cookies",
    "keys of chrome": USER + "google\\chrome\\user data\\local state",
    "history of edge": USER + "microsoft\\edge\\user data\\profile 1\\history",
    "logins of brave": USER + "bravesoftware\\brave-browser\\user data\\default\\login data",
    "keys of firefox": "c:\\users\\ann\\appdata\\roaming\\mozilla\\firefox\\profiles\\x1.default\\key4.db",
    "cookies of brave": "/users/ann/library/application support/bravesoftware/brave-browser/default/cookies",
    "history of firefox": "/home/ann/.mozilla/firefox/x1.default/places.sqlite",
    "history of chrome ": "/home/ann/.config/google-chrome/default/history",
}


def open_file(made: Any, day: float, image: str, target: str, device: str = "pc1") -> None:
    made.add("file", day, device, action="open", image=image, target=target)


@pytest.mark.parametrize("what", STORES)
def test_every_store_of_every_browser_is_seen(what: str, made: Any) -> None:
    open_file(made, 0, PHONE, STORES[what])
    assert [(each.detail, each.severity) for each in made.sight(ANALYTIC)] == [(what.strip(), Severity.MEDIUM)]


def test_a_program_that_starts_to_after_weeks_is_high(made: Any) -> None:
    for day in range(20):
        made.start(day, "pc1", PHONE)
        open_file(made, day, PHONE, "c:\\users\\ann\\phone.log")
    open_file(made, 15, PHONE, CHROME + "history")
    [sighting] = made.sight(ANALYTIC)
    assert sighting.severity is Severity.HIGH
    assert sighting.scores["days_of_history"] == 15
    assert sighting.scores["novelty"] == 1.0


@pytest.mark.parametrize("name", ["history.old", "history_bak", "history-copy.db", "History 2.tmp"])
def test_a_copy_is_the_store(name: str, made: Any) -> None:
    made.add("file", 0, "pc1", action="create", image=PHONE, target=CHROME + name.lower())
    assert len(made.sight(ANALYTIC)) == 1


def test_a_command_line_that_names_a_store_is_seen(made: Any) -> None:
    shell = "c:\\windows\\system32\\cmd.exe"
    made.start(0, "pc1", shell, f'cmd /c copy "{CHROME}Login Data" c:\\temp\\x')
    [sighting] = made.sight(ANALYTIC)
    assert (sighting.detail, sighting.severity, sighting.process) == ("logins of chrome", Severity.MEDIUM, shell)


def test_who_bears_the_owners_name_elsewhere_is_high(made: Any) -> None:
    open_file(made, 0, "c:\\users\\ann\\temp\\chrome.exe", CHROME + "history")
    [sighting] = made.sight(ANALYTIC)
    assert (sighting.severity, sighting.scores["impostor"]) == (Severity.HIGH, 1.0)


@pytest.mark.parametrize(
    ("image", "target"),
    [
        ("c:\\program files\\google\\chrome\\application\\chrome.exe", CHROME + "history"),
        ("/applications/google chrome.app/contents/macos/google chrome",
         "/users/ann/library/application support/google/chrome/default/history"),
        ("/usr/lib/firefox/firefox", "/home/ann/.mozilla/firefox/x/places.sqlite"),
        (PHONE, "c:\\users\\ann\\documents\\history"),
        (PHONE, CHROME + "history provider cache"),
        (PHONE, USER + "google\\chrome\\application\\chrome.exe"),
    ],
)  # fmt: skip
def test_the_owner_and_other_files_are_not(image: str, target: str, made: Any) -> None:
    open_file(made, 0, image, target)
    assert not made.sight(ANALYTIC)


def test_a_backup_that_always_did_it_stays_medium(made: Any) -> None:
    for day in range(30):
        made.start(day, "pc1", BACKUP)
        for store in STORES.values():
            open_file(made, day + 0.01, BACKUP, store)
    assert {each.severity for each in made.sight(ANALYTIC)} == {Severity.MEDIUM}


def test_the_systems_own_indexer_is_low_but_not_its_shell(made: Any) -> None:
    open_file(made, 0, "c:\\windows\\system32\\searchprotocolhost.exe", CHROME + "history")
    assert {each.severity for each in made.sight(ANALYTIC)} == {Severity.LOW}
    open_file(made, 0, "c:\\windows\\system32\\windowspowershell\\v1.0\\powershell.exe", CHROME + "history")
    assert {each.severity for each in made.sight(ANALYTIC)} == {Severity.LOW, Severity.MEDIUM}


def test_sysmon_alone_shows_copies_and_says_what_it_lacks(log: Any, tmp_path: Any, kit: Any) -> None:
    log.event(11, 0, "pc1", Image=kit.phone, TargetFilename=CHROME + "History.old")
    log.query(0, "pc2", kit.phone, "a.example")
    result = kit.run(log.write(tmp_path / "log"))
    assert [each.device for each in result.sightings if each.of == ANALYTIC.id] == ["pc1"]
    blind = {each.device: each for each in result.observability if each.of == ANALYTIC.id}
    assert blind["pc2"].state is Seen.NOT_OBSERVABLE
    assert "4663" in blind["pc2"].remedy
