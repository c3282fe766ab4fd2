from __future__ import annotations

from typing import Any

import pytest

from unrig.hunt.leads.registry_value import LEAD_KIND, needs
from unrig.model.lead import RegistryValueLead


def seen(made: Any, key: str, value: str, *targets: str) -> list[str]:
    for target in targets:
        made.add("registry", 0, "pc1", action="set", image="c:\\phone.exe", target=target)
    return sorted(each.detail for each in made.sight(LEAD_KIND, RegistryValueLead(id="r", key=key, value=value)))


@pytest.mark.parametrize("key", ["HKLM\\Software\\Phone", "HKEY_LOCAL_MACHINE\\SOFTWARE\\Phone\\", "Software\\Phone"])
@pytest.mark.parametrize("target", ["hklm\\software\\phone\\start", "\\registry\\machine\\software\\phone\\start"])
def test_the_hive_may_be_written_in_any_way(key: str, target: str, made: Any) -> None:
    assert seen(made, key, "Start", target) == [target]


def test_a_users_hive_is_that_of_any_user(made: Any) -> None:
    target = "hku\\s-1-5-21-1\\software\\phone\\start"
    assert seen(made, "HKCU\\Software\\Phone", "", target, "hku\\s-1-5-21-1\\software\\phonebook\\start") == [target]


def test_another_value_of_the_key_is_not(made: Any) -> None:
    assert not seen(made, "HKLM\\Software\\Phone", "Start", "hklm\\software\\phone\\startup", "hklm\\software\\phone")


def test_a_lead_without_a_key_asks_nothing() -> None:
    assert needs(RegistryValueLead(id="r", key="", value="x")) == ()
