"""The pinned ATT&CK table: every technique is whole, retired ids lead to living ones."""

import pytest

from unrig.data import attack


def test_a_technique_has_its_name_and_tactics_in_matrix_order() -> None:
    found = attack.technique("T1574.001")
    assert found == attack.Technique(
        id="T1574.001", name="DLL", tactics=("persistence", "privilege-escalation", "defense-evasion")
    )


def test_version_is_stored_beside_the_ids() -> None:
    assert attack.version() == "18.1"


def test_a_merged_technique_is_followed() -> None:
    assert attack.technique("T1574.002") is None
    assert attack.successor("T1574.002") == "T1574.001"
    assert attack.label("T1574.002") == "T1574.001 DLL"


def test_the_technique_new_in_version_18_is_there() -> None:
    assert attack.label("T1678") == "T1678 Delay Execution"


@pytest.mark.parametrize("unknown", ["", "T9999", "t1574.001", "T1574.001 "])
def test_an_unknown_id_means_nothing(unknown: str) -> None:
    assert attack.current(unknown) is None
    assert attack.label(unknown) == unknown


def test_every_tactic_of_every_technique_is_known() -> None:
    pinned = attack._pinned()
    for technique_id in pinned.techniques:
        found = attack.technique(technique_id)
        assert found
        assert all(attack.tactic(short_name) for short_name in found.tactics), technique_id
        columns = [attack.tactic_order(short_name) for short_name in found.tactics]
        assert columns == sorted(columns)


def test_every_retired_id_is_gone_and_leads_to_a_living_one_or_nowhere() -> None:
    pinned = attack._pinned()
    for retired, successor in pinned.retired.items():
        assert retired not in pinned.techniques
        assert not successor or successor in pinned.techniques


def test_an_unknown_tactic_stands_last() -> None:
    assert attack.tactic("stealth") is None
    assert attack.tactic_order("stealth") > attack.tactic_order("impact")
