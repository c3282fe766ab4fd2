from __future__ import annotations

from typing import Any

import pytest

from unrig.hunt.leads.file_name import LEAD_KIND, needs
from unrig.model.lead import FileNameLead
from unrig.model.levels import Severity


def seen(made: Any, name: str, *targets: str) -> list[str]:
    for target in targets:
        made.add("file", 0, "pc1", action="create", image="c:\\phone.exe", target=target)
    found = made.sight(LEAD_KIND, FileNameLead(id="f", name=name))
    assert {each.severity for each in found} <= {Severity.MEDIUM}
    return sorted(each.detail for each in found)


@pytest.mark.parametrize("name", ["Manifest.dat", "phone/manifest.dat", "Phone\\Manifest.dat"])
def test_the_name_and_the_folders_given_must_agree(name: str, made: Any) -> None:
    assert seen(made, name, "c:\\phone\\manifest.dat") == ["c:\\phone\\manifest.dat"]


def test_longer_names_and_other_folders_are_not(made: Any) -> None:
    assert not seen(made, "phone/manifest.dat", "c:\\phone\\amanifest.dat", "c:\\smartphone\\manifest.dat")


def test_a_lead_without_a_name_asks_nothing() -> None:
    assert needs(FileNameLead(id="f", name="/")) == ()
