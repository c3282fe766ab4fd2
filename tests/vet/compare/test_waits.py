"""Long waits that come and go; where they stand and shorter ones say nothing."""

from __future__ import annotations

import pytest

from unrig.model.waits import Wait, WaitFacts
from unrig.vet.compare.waits import COMPARISON, compare, said


def facts(*lengths: int, at: int = 0x1000) -> WaitFacts:
    return WaitFacts(waits=tuple(Wait(at + number, "Sleep", length) for number, length in enumerate(lengths)))


def test_a_long_wait_that_came_and_one_that_went() -> None:
    long, days = compare(facts(600_000), facts(3_600_000, 90_000_000))
    assert (long.property, long.gone, long.come) == ("waits.long", ("Sleep 10 min",), ("Sleep 1 h",))
    assert (days.property, days.gone, days.come) == ("waits.days", (), ("Sleep 1.042 d",))


@pytest.mark.parametrize("before", [(), (3_600_000,)])
def test_the_same_waits_elsewhere_are_no_change(before: tuple[int, ...]) -> None:
    assert list(compare(facts(*before), facts(*before, *before, at=0x2000))) == []


def test_waits_of_minutes_are_what_programs_have() -> None:
    assert list(compare(facts(), facts(599_999))) == []


def test_what_was_not_looked_at_says_nothing() -> None:
    assert list(compare(WaitFacts(not_evaluated="x"), facts(3_600_000))) == []
    assert COMPARISON.reads is WaitFacts


@pytest.mark.parametrize(("length", "text"), [(600_000, "10 min"), (5_400_000, "1.5 h"), (604_800_000, "7 d")])
def test_lengths_in_words(length: int, text: str) -> None:
    assert said(length) == text
