"""What drift weighs: a bound on severity, a share in words, and a product where different kinds come together."""

from __future__ import annotations

import pytest

from unrig.data.base_rates import BaseRateRow
from unrig.model.finding import Finding
from unrig.model.levels import Confidence, Maturity, Severity, VerdictWord
from unrig.report.base_rate_text import said
from unrig.vet import weighing
from unrig.vet.verdict import because, verdict_of
from unrig.vet.weighing import base_rate, loudest, together

WEIGHTS = {
    "rule.a": ("code", 20.0),
    "rule.b": ("code", 30.0),
    "rule.c": ("files", 15.0),
    "rule.d": ("addresses", 40.0),
    "rule.weak": ("other", 0.5),
    "rule.uncounted": ("", 0.0),
}


def row(name: str, group: str = "", weight: float = 0.0) -> BaseRateRow:
    return BaseRateRow(
        property=name, hits=2, of=77, low=0.007, high=0.09, corpus="77 updates", group=group, weight=weight,
        weight_low=weight / 5, weight_high=weight * 50, tampered_hits=1, tampered_of=7,
    )  # fmt: skip


ROWS = {name: row(name, group, weight) for name, (group, weight) in WEIGHTS.items()}


@pytest.fixture(autouse=True)
def own_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weighing, "base_rates", lambda: ROWS)


def finding(name: str, severity: Severity = Severity.MEDIUM) -> Finding:
    return Finding(
        id=name * 4,
        rule=name,
        title=name,
        severity=severity,
        confidence=Confidence.MEDIUM,
        maturity=Maturity.NURSERY,
        artifacts=(),
        summary=name,
        benign="",
        base_rate=base_rate(ROWS.get(f"rule.{name}")),
    )


@pytest.mark.parametrize(
    ("weight", "most"),
    [(0.5, Severity.LOW), (3.1, Severity.LOW), (3.2, Severity.MEDIUM), (9.9, Severity.MEDIUM), (10.0, Severity.HIGH)],
)
def test_the_weight_bounds_the_severity(weight: float, most: Severity) -> None:
    assert loudest(row("rule.x", "code", weight)) is most


def test_what_nobody_counted_is_the_rules_own_to_judge() -> None:
    assert loudest(None) is Severity.CRITICAL
    assert loudest(ROWS["rule.uncounted"]) is Severity.CRITICAL
    assert base_rate(None) is None


def test_different_kinds_multiply_and_one_kind_counts_once() -> None:
    assert "it weighs" not in together([finding("a"), finding("c")])
    assert "they weigh 300" in together([finding("a"), finding("c")])
    both = together([finding("a"), finding("b"), finding("c")])
    assert "they weigh 450" in both
    assert "a (20.0)" not in both
    assert together([finding("b"), finding("c"), finding("d")]).endswith("they weigh 1,000 or more")


def test_one_kind_alone_adds_nothing() -> None:
    for alone in ([], [finding("a")], [finding("a"), finding("b")], [finding("a"), finding("weak")]):
        assert together(alone) == ""
    assert together([finding("a"), finding("uncounted"), finding("nowhere")]) == ""
    assert together([finding("a"), finding("c", Severity.LOW)]) == ""


def test_the_order_of_findings_does_not_matter() -> None:
    some = [finding(name) for name in ("d", "a", "c", "b")]
    assert together(some) == together(some[::-1])


def test_it_is_among_the_reasons_and_moves_no_verdict() -> None:
    some = [finding("a"), finding("c")]
    word = verdict_of(some, complete=True)
    assert word is VerdictWord.REVIEW
    assert because(some, word, ())[-1].startswith("2 kinds of drift come together: a (20.0), c (15.0)")
    assert len(because(some[:1], word, ())) == 1


def test_in_words() -> None:
    told = base_rate(ROWS["rule.a"])
    assert told is not None
    assert said(told) == (
        "2 of 77 innocent updates do this (77 updates; 95 % interval 0.7 to 9.0 %), 1 of 7 known tampered releases did: "
        "it weighs 20.0 (4.0 to 1,000)"
    )
    uncounted = base_rate(ROWS["rule.uncounted"])
    assert uncounted is not None
    assert said(uncounted) == "2 of 77 innocent updates do this (77 updates; 95 % interval 0.7 to 9.0 %)"
