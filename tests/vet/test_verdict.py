"""The verdict is the law of one row: each clause, and what must not suffice."""

from __future__ import annotations

import itertools

import pytest
from findings_kit import at, finding, key, view
from hypothesis import given
from hypothesis import strategies as st

from unrig.model.finding import Finding
from unrig.model.levels import Confidence, Maturity, Severity, VerdictWord
from unrig.vet.verdict import because, two_independent, verdict_of

A, B = view("a.dll"), view("b.dll")
ORDER = list(VerdictWord)
FINDINGS = st.lists(
    st.builds(
        lambda severity, confidence, maturity, hindsight, rule, offset, where: finding(
            at(where, offset),
            about=(where,),
            rule=f"rule-{rule}",
            severity=severity,
            confidence=confidence,
            maturity=maturity,
            hindsight=hindsight,
        ),
        st.sampled_from(Severity),
        st.sampled_from(Confidence),
        st.sampled_from(Maturity),
        st.booleans(),
        st.integers(0, 2),
        st.integers(0, 2),
        st.sampled_from([A, B]),
    ),
    max_size=5,
)


def one(severity: Severity, **more: object) -> Finding:
    return finding(at(A, 10), about=(A,), severity=severity, **more)  # type: ignore[arg-type]


def of(*findings: Finding, complete: bool = True) -> VerdictWord:
    return verdict_of(findings, complete=complete)


def test_one_stable_certain_critical_without_hindsight_is_rigged() -> None:
    assert of(one(Severity.CRITICAL)) is VerdictWord.RIGGED


@pytest.mark.parametrize(
    "less", [{"maturity": Maturity.NURSERY}, {"confidence": Confidence.MEDIUM}, {"hindsight": True}]
)
def test_a_critical_that_lacks_one_of_these_counts_as_a_high(less: dict[str, object]) -> None:
    assert of(one(Severity.CRITICAL, **less)) is VerdictWord.SUSPICIOUS


@pytest.mark.parametrize(
    ("severity", "word"),
    [
        (Severity.HIGH, VerdictWord.SUSPICIOUS),
        (Severity.MEDIUM, VerdictWord.REVIEW),
        (Severity.LOW, VerdictWord.CLEAN),
        (Severity.INFO, VerdictWord.CLEAN),
    ],
)
def test_one_finding_of_each_severity(severity: Severity, word: VerdictWord) -> None:
    assert of(one(severity)) is word


@pytest.mark.parametrize("severity", [None, Severity.INFO, Severity.LOW])
def test_what_was_not_all_seen_is_incomplete_and_never_clean(severity: Severity | None) -> None:
    findings = (one(severity),) if severity else ()
    assert of(*findings, complete=False) is VerdictWord.INCOMPLETE
    assert of(*findings) is VerdictWord.CLEAN


def test_a_finding_weighs_more_than_incompleteness() -> None:
    assert of(one(Severity.MEDIUM), complete=False) is VerdictWord.REVIEW
    assert of(one(Severity.HIGH), complete=False) is VerdictWord.SUSPICIOUS


def test_many_mediums_are_still_a_review() -> None:
    mediums = [finding(at(A, n), about=(A,), rule=f"rule-{n}", severity=Severity.MEDIUM) for n in range(9)]
    assert of(*mediums) is VerdictWord.REVIEW


def test_two_highs_on_different_evidence_are_rigged() -> None:
    assert (
        of(finding(at(A, 10), about=(A,), rule="one"), finding(at(B, 10), about=(B,), rule="two")) is VerdictWord.RIGGED
    )
    assert (
        of(finding(at(A, 10), about=(A,), rule="one"), finding(at(A, 99), about=(A,), rule="two")) is VerdictWord.RIGGED
    )


def test_two_rules_that_point_at_the_same_bytes_are_one_observation() -> None:
    carrier = finding(at(A, 10), about=(A,), rule="padding")
    pair = finding(at(B, 7), at(A, 10), about=(B, A), rule="reader")
    assert of(carrier, pair) is VerdictWord.SUSPICIOUS


def test_one_rule_in_two_files_is_one_cause() -> None:
    assert of(finding(at(A, 10), about=(A,)), finding(at(B, 20), about=(B,))) is VerdictWord.SUSPICIOUS


def test_the_same_bytes_at_two_paths_are_the_same_evidence() -> None:
    copy = view("copy/a.dll", "a.dll")
    assert of(finding(at(A, 10), about=(A,), rule="one"), finding(at(copy, 10), about=(copy,), rule="two")) is (
        VerdictWord.SUSPICIOUS
    )


def test_keys_are_evidence_too() -> None:
    digest = finding(key(A, "signature/0/digest"), about=(A,), rule="digest")
    revoked = finding(key(A, "signature/0/code_signing"), about=(A,), rule="time")
    again = finding(key(A, "signature/0/digest"), about=(A,), rule="other")
    assert of(digest, revoked) is VerdictWord.RIGGED
    assert of(digest, again) is VerdictWord.SUSPICIOUS


def test_rules_of_the_nursery_never_make_it_rigged() -> None:
    young = [finding(at(v, 10), about=(v,), rule=v.artifact.path, maturity=Maturity.NURSERY) for v in (A, B)]
    assert of(*young) is VerdictWord.SUSPICIOUS
    assert of(young[0], finding(at(B, 1), about=(B,), rule="stable")) is VerdictWord.SUSPICIOUS


def test_hindsight_may_be_one_of_two_and_the_word_without_it_is_milder() -> None:
    listed = finding(key(A, "pack/bad"), about=(A,), rule="listed", hindsight=True)
    other = finding(at(B, 10), about=(B,), rule="other")
    assert of(listed, other) is VerdictWord.RIGGED
    assert of(other) is VerdictWord.SUSPICIOUS


def test_three_of_which_two_are_independent() -> None:
    same = [finding(at(A, 10), about=(A,), rule="one"), finding(at(A, 10), about=(A,), rule="two")]
    assert not two_independent(same)
    assert two_independent([*same, finding(at(B, 10), about=(B,), rule="two")])


@given(FINDINGS, st.booleans())
def test_order_does_not_matter(findings: list[Finding], complete: bool) -> None:
    words = {verdict_of(order, complete=complete) for order in itertools.islice(itertools.permutations(findings), 24)}
    assert len(words) == 1


@given(FINDINGS, FINDINGS, st.booleans())
def test_one_more_finding_never_makes_it_milder(findings: list[Finding], more: list[Finding], complete: bool) -> None:
    before, after = verdict_of(findings, complete=complete), verdict_of([*findings, *more], complete=complete)
    assert ORDER.index(after) >= ORDER.index(before)


@given(FINDINGS)
def test_hindsight_and_nursery_alone_are_never_rigged(findings: list[Finding]) -> None:
    assert of(*(f for f in findings if f.maturity is not Maturity.STABLE)) is not VerdictWord.RIGGED


@given(FINDINGS)
def test_incomplete_differs_from_complete_only_where_it_would_be_clean(findings: list[Finding]) -> None:
    whole, part = of(*findings), of(*findings, complete=False)
    assert part is (VerdictWord.INCOMPLETE if whole is VerdictWord.CLEAN else whole)


def test_reasons_are_the_weightiest_findings_with_their_ids() -> None:
    high, medium = one(Severity.HIGH), finding(at(B, 1), about=(B,), rule="mild", severity=Severity.MEDIUM)
    assert because((medium, high), VerdictWord.SUSPICIOUS, ()) == (f"some-rule says so [{high.id}]",)
    assert because((medium,), VerdictWord.REVIEW, ()) == (f"mild says so [{medium.id}]",)


def test_two_highs_are_both_the_reason_even_beside_a_doubtful_critical() -> None:
    doubtful = one(Severity.CRITICAL, confidence=Confidence.LOW)
    other = finding(at(B, 1), about=(B,), rule="other")
    said = because((doubtful, other), VerdictWord.RIGGED, ())
    assert [reason.split(" ", 1)[0] for reason in said] == ["some-rule", "other"]


def test_a_clean_word_and_what_was_not_seen_are_reasons_too() -> None:
    assert because((), VerdictWord.CLEAN, ()) == ("everything was looked at and nothing at medium or above was found",)
    assert because((), VerdictWord.INCOMPLETE, ("a.zip", "b.zip"))[0].endswith("a.zip and 1 more")
    assert because((one(Severity.LOW),), VerdictWord.INCOMPLETE, ("a.zip",)) == (
        "not everything could be looked at: a.zip",
    )
