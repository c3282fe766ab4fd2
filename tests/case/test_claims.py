"""Claims: merging is a union, relays are no sources, and who is named is never a bare name."""

import datetime as dt
from itertools import pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from unrig.case import attribution, claims, contradictions, independence, names
from unrig.data import claims as public_claims
from unrig.exchange import claims_toml
from unrig.model.claim import Claim, ClaimBasis, NameRelation, Speaker
from unrig.model.moment import Basis, Moment, Precision

DAY = Moment(at=dt.datetime(2023, 3, 29, tzinfo=dt.UTC), precision=Precision.DAY, basis=Basis.STATED)
PUBLIC = claims_toml.parse(public_claims.load("3cx"), "3cx")


def claim(
    key: str,
    *,
    organisation: str = "",
    cites: tuple[str, ...] = (),
    relation: str = "attributed_to",
    value: str = "one:A",
    day: int = 0,
) -> Claim:
    return Claim(
        id=key,
        source=Speaker(organisation=organisation or f"Org {key}", reliability="B"),
        said=msgspec.structs.replace(DAY, at=DAY.at + dt.timedelta(days=day)),
        read=DAY,
        about="App",
        relation=relation,
        value=value,
        words="likely",
        credibility=2,
        basis=ClaimBasis.RELAY if cites or key.startswith("relay") else ClaimBasis.ANALYSIS,
        cites=cites,
    )


IDS = st.sampled_from("abcdef")
CLAIMS = st.builds(
    claim,
    IDS,
    cites=st.lists(IDS, max_size=3, unique=True).map(tuple),
    value=st.sampled_from(["one:A", "two:B"]),
    day=st.integers(0, 3),
)
SETS = st.lists(CLAIMS, max_size=6)


@given(SETS, SETS, SETS)
def test_merging_is_commutative_associative_and_idempotent(
    one: list[Claim], two: list[Claim], three: list[Claim]
) -> None:
    merge = claims.merge
    assert merge(one, two) == merge(two, one)
    assert merge(merge(one, two), three) == merge(one, merge(two, three))
    assert merge(one, one) == merge(one)
    assert merge(merge(one)) == merge(one)
    assert {msgspec.json.encode(found) for found in merge(one, two)} == {msgspec.json.encode(c) for c in [*one, *two]}


@given(SETS)
def test_resolving_depends_on_no_order_and_leaves_one_claim_an_id(given_claims: list[Claim]) -> None:
    found = claims.resolve(given_claims)
    assert found == claims.resolve(reversed(given_claims))
    assert sorted(one.id for one in found.claims) == sorted({one.id for one in given_claims})
    assert all(first.said.at <= second.said.at for first, second in pairwise(found.claims))


def test_an_id_used_twice_and_a_missing_citation_are_problems() -> None:
    found = claims.resolve([claim("a"), claim("a", value="two:B", day=1), claim("b", cites=("z",))])
    assert [one.value for one in found.claims if one.id == "a"] == ["two:B"]
    assert [(problem.where, problem.observed[:9]) for problem in found.problems] == [
        ("claim a", "2 that di"),
        ("claim b, cites", "z"),
    ]


def test_relays_count_for_the_roots_behind_them() -> None:
    said = [claim("a"), claim("b"), claim("r", cites=("a",)), claim("s", cites=("r", "b"))]
    found = independence.independence(said)
    assert {root.claim: root.relays for root in found.roots} == {"a": ("r", "s"), "b": ("s",)}
    assert found.reports == 4


def test_a_word_that_comes_back_round_is_nobodys() -> None:
    said = [claim("r", cites=("s",)), claim("s", cites=("r",)), claim("relay-of-nothing"), claim("t", cites=("gone",))]
    found = independence.independence(said)
    assert found.roots == ()
    assert [one.id for one in independence.unrooted(said)] == ["r", "s", "relay-of-nothing", "t"]


def test_a_cycle_with_a_way_out_leads_to_the_root() -> None:
    said = [claim("a"), claim("r", cites=("s",)), claim("s", cites=("r", "a"))]
    assert independence.independence(said).roots[0].relays == ("r", "s")


@given(SETS)
def test_roots_and_relays_are_apart_and_nothing_is_counted_that_is_not_there(given_claims: list[Claim]) -> None:
    said = claims.resolve(given_claims).claims
    found = independence.independence(said)
    roots = {root.claim for root in found.roots}
    relays = {relay for root in found.roots for relay in root.relays}
    lost = {one.id for one in independence.unrooted(said)}
    assert not roots & relays
    assert roots | relays | lost == {one.id for one in said}
    assert not lost & (roots | relays)


def test_one_organisation_that_says_it_twice_is_one_root() -> None:
    said = [claim("a", organisation="Org"), claim("b", organisation="Org", day=1), claim("r", cites=("a",))]
    (found,) = attribution.attributions(said)
    assert (found.name, found.scheme, found.roots, found.relays) == ("A", "one", 1, 1)
    assert "1 independent root (Org) in 3 reports; repeated by Org r." in found.sentence


def test_a_name_said_only_by_relays_says_so() -> None:
    (found,) = attribution.attributions([claim("r", cites=("s",)), claim("s", cites=("r",))])
    assert found.roots == 0
    assert "nobody here says so on evidence of their own" in found.sentence


def test_who_withholds_a_name_stands_beside_it() -> None:
    against = claim("w", organisation="Careful", relation="attribution_withheld")
    (found,) = attribution.attributions([claim("a"), against])
    assert found.sentence.endswith("Careful withholds it (likely).")
    assert found.claims == ("a",)


def test_a_name_without_a_scheme_is_its_first_speakers() -> None:
    (found,) = attribution.attributions([claim("a", value="Somebody", organisation="Org")])
    assert (found.scheme, found.name) == ("Org", "Somebody")


def relation(subject: str, kind: str, other: str, scheme: str) -> NameRelation:
    key = f"{subject} {kind} {other} {scheme}"
    return NameRelation(id=key, subject=subject, object=other, kind=kind, scheme=scheme, source="s", said=DAY)


def test_names_are_never_closed_transitively() -> None:
    said = (relation("x:A", "same_as", "y:B", "x"), relation("y:B", "same_as", "z:C", "z"))
    assert names.merge(said, said) == names.merge(reversed(said))
    assert len(names.merge(said, said)) == 2


def test_two_schemes_that_place_one_name_apart_are_shown() -> None:
    said = (relation("mitre:G1", "overlaps", "ms:Storm", "mitre"), relation("ms:Storm", "same_as", "misp:Big", "misp"))
    (found,) = names.conflicts(said)
    assert found.name == "ms:Storm"
    assert found.says == "misp says ms:Storm same as misp:Big; mitre says mitre:G1 overlaps ms:Storm"
    assert names.conflicts(said[:1]) == ()


def test_a_disputed_pair_is_shown_with_what_it_disputes() -> None:
    said = (relation("x:A", "same_as", "y:B", "x"), relation("x:A", "disputed", "y:B", "y"))
    assert [len(found.relations) for found in names.conflicts(said)] == [2]


def test_sources_that_differ_on_one_question_are_shown_once() -> None:
    said = [
        claim("a", relation="sleeps", value="7 days"),
        claim("b", relation="sleeps", value="7 days"),
        claim("c", relation="sleeps", value="2 days"),
        claim("r", relation="sleeps", value="9 days", cites=("a",)),
        claim("d", relation="alarmed", value="2023-03-22"),
        claim("e", relation="alarmed", value="2023-03-29"),
    ]
    (found,) = contradictions.contradictions(said)
    assert found.between == ("a", "c")
    assert found.says == "sources differ on App, sleeps: 7 days (Org a, Org b); 2 days (Org c)"


def test_moments_that_overlap_do_not_differ() -> None:
    day, month = claim("a", relation="signed", value="2023-03-13"), claim("b", relation="signed", value="2023-03")
    other = claim("c", relation="signed", value="2023-04")
    assert contradictions.contradictions([day, month]) == ()
    assert [found.between for found in contradictions.contradictions([day, month, other])] == [("a", "c")]


def test_the_public_claims_about_3cx_give_names_with_their_schemes_and_few_roots() -> None:
    found = {(one.scheme, one.name): one for one in attribution.attributions(PUBLIC.claims)}
    assert found["crowdstrike", "Labyrinth Chollima"].roots == 1
    assert found["crowdstrike", "Labyrinth Chollima"].relays == 2
    assert "Sophos withholds it" in found["crowdstrike", "Labyrinth Chollima"].sentence
    assert "nobody here says so" in found["mitre", "G1049 AppleJeus"].sentence
    assert [one.name for one in names.conflicts(PUBLIC.names)] == ["microsoft:Citrine Sleet"]
    asked = [one.says for one in contradictions.contradictions(PUBLIC.claims)]
    assert any("sleeps" in says and "SecPulse" in says for says in asked)
