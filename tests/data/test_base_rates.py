"""The table of base rates: counts that can be, and rules that have a row."""

from __future__ import annotations

from unrig.data.base_rates import base_rates


def test_every_row_is_a_share_with_an_interval_around_it() -> None:
    for row in base_rates().values():
        assert 0 <= row.hits <= row.of
        assert row.of > 0
        assert 0 <= row.low <= row.hits / row.of <= row.high <= 1
        assert row.weight >= 1
        assert row.corpus
