"""The table of base rates: counts that can be, intervals around them, and weights for rules alone."""

from __future__ import annotations

from unrig.data.base_rates import base_rates


def test_every_row_is_a_share_with_an_interval_around_it() -> None:
    for row in base_rates().values():
        assert 0 <= row.hits <= row.of
        assert row.of > 0
        assert 0 <= row.low <= row.hits / row.of <= row.high <= 1
        assert row.corpus


def test_a_weight_lies_within_its_interval_and_only_rules_have_one() -> None:
    for row in base_rates().values():
        assert bool(row.weight) is bool(row.group) is row.property.startswith("rule."), row.property
        if row.weight:
            assert 0 < row.weight_low < row.weight < row.weight_high
            assert 0 <= row.tampered_hits <= row.tampered_of > 0
