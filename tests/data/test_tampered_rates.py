"""Known tampered releases: each counted once, those that showed a trait among those that could have."""

from __future__ import annotations

from unrig.data.base_rates import base_rates
from unrig.data.tampered_rates import tampered_rates
from unrig.vet.detect import RULES


def _release(entry: str) -> str:
    """Return the name without the word in brackets about what was seen."""
    return entry.partition(" (")[0]


def test_who_showed_it_could_have_shown_it_and_nobody_counts_twice() -> None:
    for row in tampered_rates().values():
        assert {_release(entry) for entry in row.hits} <= set(row.of), row.property
        assert len(set(row.of)) == len(row.of) > 0
        assert len({_release(entry) for entry in row.hits}) == len(row.hits)


def test_every_drift_rule_that_is_measured_has_a_weight_of_these_counts() -> None:
    measured = {rule.measures for rule in RULES if rule.measures}
    assert measured == set(tampered_rates())
    for name, row in tampered_rates().items():
        made = base_rates()[name]
        assert (made.tampered_hits, made.tampered_of, made.group) == (len(row.hits), len(row.of), row.group)
        assert made.weight > 0
