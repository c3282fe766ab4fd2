from __future__ import annotations

import random
from types import ModuleType
from typing import Any

import pytest

from unrig.model.exposure import Affected, Fixed, InventoryRow, NotAffected, UnderInvestigation
from unrig.model.identity import Identity
from unrig.model.lead import ManifestLead
from unrig.scope.match import MatchIndex, build_index
from unrig.scope.rollup import JUSTIFICATION, Tally, add_row, exposures, totals


@pytest.fixture
def index(made: ModuleType) -> Any:
    return build_index(leads=made.LEADS, good=(Identity(sha256=made.GOOD),), fixed=(Identity(sha256=made.FIXED),))


def count(index: MatchIndex, rows: Any) -> Any:
    tally = Tally()
    for row in rows:
        add_row(tally, row, index)
    return tally


def test_a_device_counts_once_under_all_its_spellings(made: ModuleType, index: MatchIndex) -> None:
    names = ["PC-1", "pc-1", "CORP\\PC-1", "pc-1.corp.example", "PC-1$"]
    tally = count(index, [made.row(device=name, sha256=made.RIGGED) for name in names])
    (affected,) = exposures(tally, "act")
    assert isinstance(affected, Affected)
    assert (affected.devices, affected.denominator, affected.action) == (1, 1, "act")
    assert totals(tally).by_state == {"affected": 1}


def test_the_same_name_at_two_customers_is_two_devices(made: ModuleType, index: MatchIndex) -> None:
    tally = count(index, [made.row(customer=customer, sha256=made.RIGGED) for customer in ("A", "B")])
    assert exposures(tally, "")[0].devices == 2


def test_denominators_are_all_devices_of_the_place_whatever_they_run(made: ModuleType, index: MatchIndex) -> None:
    rows = [made.row(device=f"a{i}", customer="A", country="AT", product="Editor") for i in range(7)]
    rows += [made.row(device=f"a{i}", customer="A", country="AT", sha256=made.RIGGED) for i in range(3)]
    rows += [made.row(device=f"m{i}", customer="A", country="AT", platform="macos", product="Editor") for i in range(5)]
    rows += [made.row(device="b1", customer="B", country="DE", version="18.12.407", sha256=made.RIGGED)]
    (affected,) = exposures(count(index, rows), "")
    assert (affected.devices, affected.denominator) == (4, 13)
    assert [(g.customer, g.country, g.platform, g.version, g.devices, g.denominator) for g in affected.groups] == [
        ("A", "AT", "windows", "18.12.416", 3, 7),
        ("B", "DE", "windows", "18.12.407", 1, 1),
    ]


def test_a_device_counts_only_in_its_worst_state(made: ModuleType, index: MatchIndex) -> None:
    tally = count(
        index,
        [
            made.row(device="worst", sha256=made.GOOD),
            made.row(device="worst", sha256=made.RIGGED),
            made.row(device="worst", version="18.12.425", sha256=made.FIXED),
            made.row(device="open", sha256=made.FIXED),
            made.row(device="open"),
            made.row(device="fixed", sha256=made.FIXED),
            made.row(device="fixed", sha256=made.GOOD),
            made.row(device="good", sha256=made.GOOD),
            made.row(device="none", product="Editor"),
        ],
    )
    found = exposures(tally, "")
    assert [(type(one), one.devices) for one in found] == [
        (Affected, 1),
        (UnderInvestigation, 1),
        (Fixed, 1),
        (NotAffected, 1),
    ]
    assert found[1].missing == ("sha256",)
    assert found[2].by == made.FIXED
    assert found[3].justification == JUSTIFICATION
    assert totals(tally).by_state == {"affected": 1, "fixed": 1, "not_affected": 1, "under_investigation": 1}
    assert (totals(tally).devices, totals(tally).without) == (5, 1)


def test_a_place_said_in_one_row_holds_for_the_device(made: ModuleType, index: MatchIndex) -> None:
    rows = [
        made.row(device="d", platform="", customer="A"),
        made.row(device="d", platform="windows", customer="A", country="AT", sha256=made.RIGGED),
    ]
    for order in (rows, rows[::-1]):
        (affected,) = exposures(count(index, order), "")
        (group,) = affected.groups
        assert (group.platform, group.country, group.denominator) == ("windows", "AT", 1)


def test_the_order_of_rows_changes_nothing(made: ModuleType, index: MatchIndex) -> None:
    rows = [
        made.row(
            device=f"d{i % 17}",
            customer=f"C{i % 17 % 3}",
            country=("", "AT", "DE")[i % 3],
            platform=("", "windows", "macos")[i % 5 % 3],
            version=f"18.{i % 4}",
            sha256=(made.RIGGED, made.RIGGED_MAC, made.GOOD, made.FIXED, "", made.sha(str(i)))[i % 6],
        )
        for i in range(120)
    ]
    first = exposures(count(index, rows), "")
    for seed in range(5):
        shuffled = rows[:]
        random.Random(seed).shuffle(shuffled)
        assert exposures(count(index, shuffled), "") == first
    assert len({one.id for one in first}) == len(first)


def test_counts_add_up(made: ModuleType, index: MatchIndex) -> None:
    rows = [
        made.row(device=f"d{i}", customer=f"C{i % 3}", sha256=(made.RIGGED, "", made.GOOD)[i % 3]) for i in range(30)
    ]
    tally = count(index, rows)
    for one in exposures(tally, ""):
        assert sum(group.devices for group in one.groups) == one.devices
        assert all(group.devices <= group.denominator for group in one.groups)
    assert sum(totals(tally).by_state.values()) + totals(tally).without == totals(tally).devices == 30


def test_spellings_of_one_product_are_one_exposure_under_the_leads_name() -> None:
    lead = ManifestLead(id="m", product="Acme Meet", entries=())
    index = build_index(leads=(lead,))
    tally = Tally()
    for number, spelling in enumerate(["ACME MEET", "acme meet 1.2.3 (x64)", "Acme Meet x64", "AcmeMeet"]):
        row = InventoryRow(
            device=f"pc-{number}",
            identity=Identity(),
            product=spelling,
            version="1.2.3",
            platform="windows",
            source="s",
            record=number,
        )
        add_row(tally, row, index)
    (exposure,) = exposures(tally, "remove it")
    assert exposure.devices == 4
    assert exposure.identity.name == "Acme Meet"
    assert {group.product for group in exposure.groups} == {"Acme Meet"}
