"""From hits to findings: what is bound to what, what is merged, in which order, and what was not evaluated."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import msgspec
import pytest
from findings_kit import release, rule_that, sha, signed, view
from hypothesis import given
from hypothesis import strategies as st

from unrig.model.change import Change, ChangeKind
from unrig.model.levels import Maturity, Severity, severity_rank
from unrig.model.place import Key, Range, Span
from unrig.model.rule import ArtifactView, ChangeView, Hit, Listed, ReleaseView, Rule
from unrig.model.signature import Signature, SignatureFacts, TrustFacts
from unrig.vet.detect import RULES
from unrig.vet.facts import EXTRACTORS
from unrig.vet.judging import judge

A, B = view("x/a.dll", "a", signed()), view("y/b.dll", "b", signed())
SPAN = Span(offset=40, length=9, window="ff", sha256="e" * 64)
HIT = Hit(what="it is there", spans=(SPAN,), expected="nothing", observed="nine bytes")


def test_a_hit_becomes_a_finding_with_its_evidence() -> None:
    rule = rule_that(HIT, techniques=("T1027.009",), benign="a tag")
    (found,) = judge([rule], release(A)).findings
    assert (found.rule, found.severity, found.confidence, found.benign) == ("some-rule", "high", "high", "a tag")
    assert [ref.path for ref in found.artifacts] == ["x/a.dll"]
    assert found.summary == "a.dll: it is there"
    (evidence,) = found.evidence
    assert evidence.place == Range(artifact=A.artifact.id, offset=40, length=9)
    assert (evidence.window, evidence.sha256, evidence.expected, evidence.observed) == (
        "ff",
        "e" * 64,
        "nothing",
        "nine bytes",
    )


def test_keys_and_hits_without_any_place_are_evidence_too() -> None:
    keyed, bare = Hit(what="a", keys=("one", "two")), Hit(what="b")
    found = judge([rule_that(keyed, bare)], release(A)).findings
    places = {finding.summary: [e.place for e in finding.evidence] for finding in found}
    assert places["a.dll: a"] == [Key(artifact=A.artifact.id, key="one"), Key(artifact=A.artifact.id, key="two")]
    assert places["a.dll: b"] == [Key(artifact=A.artifact.id, key="")]


@pytest.mark.parametrize("declared", Severity)
@pytest.mark.parametrize("said", Severity)
def test_a_hit_lowers_a_rules_severity_and_never_raises_it(declared: Severity, said: Severity) -> None:
    hit = msgspec.structs.replace(HIT, severity=said)
    (found,) = judge([rule_that(hit, severity=declared)], release(A)).findings
    assert severity_rank(found.severity) == min(severity_rank(declared), severity_rank(said))


def test_a_retired_rule_is_not_run() -> None:
    judged = judge([rule_that(HIT, maturity=Maturity.RETIRED)], release(A))
    assert (judged.findings, judged.not_evaluated) == ((), ())


def test_the_same_bytes_at_two_paths_are_one_finding_with_two_artifacts() -> None:
    copy = view("z/copy.dll", "a", signed())
    (found,) = judge([rule_that(HIT)], release(copy, A)).findings
    assert [ref.path for ref in found.artifacts] == ["x/a.dll", "z/copy.dll"]
    assert found.evidence[0].place == Range(artifact=A.artifact.id, offset=40, length=9)


def test_of_two_findings_of_one_id_the_worse_is_kept() -> None:
    mild = msgspec.structs.replace(HIT, severity=Severity.LOW, what="a mild word")
    for hits in ((mild, HIT), (HIT, mild)):
        (found,) = judge([rule_that(*hits)], release(A)).findings
        assert found.severity is Severity.HIGH
        assert found.summary == "a.dll: it is there"


def test_an_id_does_not_depend_on_paths_but_on_bytes_and_places() -> None:
    (here,) = judge([rule_that(HIT)], release(A)).findings
    (there,) = judge([rule_that(HIT)], release(view("elsewhere/q.dll", "a", signed()))).findings
    (other,) = judge([rule_that(HIT)], release(view("x/a.dll", "changed", signed()))).findings
    moved = msgspec.structs.replace(HIT, spans=(msgspec.structs.replace(SPAN, offset=41),))
    (elsewhere,) = judge([rule_that(moved)], release(A)).findings
    assert here.id == there.id
    assert len({here.id, other.id, elsewhere.id}) == 3


def test_order_is_severity_rule_path_offset() -> None:
    spans = [Span(offset=offset, length=1) for offset in (90, 7)]
    rules = [
        rule_that(*(Hit(what="w", spans=(span,)) for span in spans), id=name, severity=severity)
        for name, severity in (("b", Severity.HIGH), ("a", Severity.HIGH), ("c", Severity.CRITICAL))
    ]
    found = judge(rules, release(B, A)).findings
    assert [
        (f.rule, f.artifacts[0].path, e.place.offset) for f in found for e in f.evidence if isinstance(e.place, Range)
    ] == [(rule, path, offset) for rule in ("c", "a", "b") for path in ("x/a.dll", "y/b.dll") for offset in (7, 90)]


@given(st.permutations(range(6)), st.permutations(range(len(RULES))))
def test_findings_depend_neither_on_the_order_of_members_nor_of_rules(order: list[int], rules: list[int]) -> None:
    views = [view(f"{n}/a.dll", str(n // 2), signed()) for n in range(6)]
    several = [rule_that(HIT, Hit(what="k", keys=("k",)), id=f"rule-{n}") for n in range(3)]
    expected = judge(several, release(*views)).findings
    assert judge(several[::-1], release(*(views[n] for n in order))).findings == expected
    assert judge([RULES[n] for n in rules], release(*views)).findings == judge(RULES, release(*views)).findings


def _changes(before: ArtifactView | None, after: ArtifactView | None) -> ReleaseView:
    kind = ChangeKind.CHANGED if before and after else ChangeKind.ADDED if after else ChangeKind.REMOVED
    change = Change(
        kind=kind,
        before=before.artifact if before else None,
        after=after.artifact if after else None,
        family="file",
        what="",
    )
    seen = release(*((after,) if after else ()), good=(before,) if before else ())
    return msgspec.structs.replace(seen, changes=(ChangeView(change=change, before=before, after=after),))


def test_a_change_is_about_the_new_side_or_the_one_that_is_left() -> None:
    rule = rule_that(HIT, over="change")
    assert [f.artifacts[0].path for f in judge([rule], _changes(A, B)).findings] == ["y/b.dll"]
    assert [f.artifacts[0].path for f in judge([rule], _changes(A, None)).findings] == ["x/a.dll"]


def test_a_change_with_an_unread_side_is_not_judged() -> None:
    rule = rule_that(HIT, over="change")
    judged = judge([rule], _changes(view("x/a.dll", "old"), A))
    assert judged.findings == ()
    assert "SignatureFacts could not be read from 1 of the files, first x/a.dll" in judged.not_evaluated[0].reason


def test_a_release_rule_binds_each_span_to_its_own_artifact() -> None:
    def check(_: ReleaseView) -> Iterator[Hit]:
        spans = (Span(offset=1, length=1), Span(offset=2, length=2))
        yield Hit(what="both", spans=spans, artifacts=(A.artifact.id, B.artifact.id))

    (found,) = judge([rule_that(check=check, over="release")], release(A, B)).findings
    assert [e.place for e in found.evidence] == [
        Range(artifact=A.artifact.id, offset=1, length=1),
        Range(artifact=B.artifact.id, offset=2, length=2),
    ]
    assert found.summary == "a.dll, b.dll: both"


def _reasons(rule: Rule, seen: ReleaseView) -> list[str]:
    return [each.reason for each in judge([rule], seen).not_evaluated]


def test_rules_that_compare_say_that_nothing_was_given_to_compare_with() -> None:
    assert _reasons(rule_that(over="change"), release(A)) == ["no baseline was given"]
    assert _reasons(rule_that(needs=("known_good",)), release(A)) == ["no baseline was given"]
    assert _reasons(rule_that(needs=("known_good",)), release(A, good=(B,))) == []
    assert _reasons(rule_that(needs=("listed",)), release(A)) == ["no pack of known bad files was given"]
    listed = msgspec.structs.replace(release(A), listed={sha("q"): Listed(pack="p", label="")})
    assert _reasons(rule_that(needs=("listed",)), listed) == []
    nobody = "the policy names no publishers of this product"
    assert _reasons(rule_that(needs=("publishers",)), release(A)) == [nobody]
    expecting = msgspec.structs.replace(release(A), publishers=("Somebody",))
    assert _reasons(rule_that(needs=("publishers",)), expecting) == []


def test_without_baseline_pack_and_policy_exactly_these_rules_are_not_evaluated() -> None:
    told = {each.rule for each in judge(RULES, release(A)).not_evaluated}
    named = {"altered-after-signing", "same-identity-other-bytes", "signer-changed", "listed-hash", "mirror-differs"}
    assert {*named, "unexpected-publisher", "few-functions-changed", "update-address"} <= told
    # the made-up program has no facts but those of its signature, of which those that need others complain
    of_programs = {e.fills for e in EXTRACTORS if "pe" in e.formats} - {SignatureFacts}
    asking = {rule.id for rule in RULES if rule.over == "change" or rule.needs}
    assert told == asking | {rule.id for rule in RULES if of_programs & set(rule.reads)}


def test_facts_that_a_reader_should_have_given_are_missed() -> None:
    unread = view("x/broken.dll")
    (reason,) = _reasons(rule_that(HIT), release(A, unread))
    assert reason == "SignatureFacts could not be read from 1 of the files, first x/broken.dll"
    other = view("x/readme.txt")
    text = msgspec.structs.replace(other, artifact=msgspec.structs.replace(other.artifact, format="text"))
    assert _reasons(rule_that(HIT), release(A, text)) == []


def test_a_signed_file_whose_chain_was_not_judged_is_missed() -> None:
    signature = Signature(
        entry=0, depth=0, algorithm="sha256", digest_declared="", digest_computed="", signature_valid=True, signer=None
    )
    facts = SignatureFacts(signatures=(signature,))
    rule = rule_that(reads=(SignatureFacts, TrustFacts))
    assert "TrustFacts could not be read" in _reasons(rule, release(view("s.dll", "", facts)))[0]
    assert _reasons(rule, release(view("s.dll", "", facts, TrustFacts()))) == []
    assert _reasons(rule, release(view("unsigned.dll", "", SignatureFacts()))) == []


def test_every_rule_is_told_apart_and_names_techniques_unless_it_is_a_list() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert len({rule.title for rule in RULES}) == len(RULES)
    assert all(rule.techniques or rule.hindsight for rule in RULES)
    assert all(rule.benign and not rule.benign.endswith(".") for rule in RULES)


def test_no_rule_raises_on_empty_facts() -> None:
    """Facts as they are of a file that says nothing: every rule must do without."""
    empty = view("empty.bin", "", SignatureFacts(), TrustFacts())
    pairs = list(itertools.product([empty, A], repeat=2))
    random.Random(1).shuffle(pairs)
    for before, after in pairs:
        assert judge(RULES, _changes(before, after)).findings == ()
