"""Claims files: what is read, what is refused and how it is said, and that writing then reading is the identity."""

import os
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.data import claims as public_claims
from unrig.exchange import claims_toml
from unrig.exchange.claims_toml import ClaimsFile, parse, write
from unrig.model import moment_text
from unrig.model.claim import Claim, ClaimBasis, Hypothesis, Speaker
from unrig.model.errors import FormatError, LimitError
from unrig.model.moment import Precision

CLAIM = {
    "id": '"first"',
    "organisation": '"Vendor"',
    "reliability": '"B"',
    "said": '"2023-Q1"',
    "read": '"2026-11-23"',
    "about": '"Product 1.2"',
    "relation": '"first_seen"',
    "value": '"2023-03-22"',
    "words": '"stated"',
    "credibility": "2",
    "basis": '"own_telemetry"',
}


def claim_toml(**changed: str | None) -> bytes:
    fields = {**CLAIM, **changed}
    lines = [f"{key} = {value}\n" for key, value in fields.items() if value is not None]
    return ("[[claim]]\n" + "".join(lines)).encode()


def test_a_claim_is_read_with_its_precision() -> None:
    found = parse(claim_toml(), "c.toml")
    assert found.problems == ()
    (claim,) = found.claims
    assert claim.source == Speaker(organisation="Vendor", reliability="B")
    assert claim.said.precision is Precision.QUARTER
    assert claim.basis is ClaimBasis.OWN_TELEMETRY


@pytest.mark.parametrize(
    ("changed", "field", "expected", "observed"),
    [
        ({"said": '"early 2023"'}, "said", "a moment as", "'early 2023'"),
        ({"said": "2023-03-29"}, "said", "Expected `str`, got `date`", "datetime.date(2023, 3, 29)"),
        ({"credibility": "7"}, "credibility", "Expected `int` <= 6", "7"),
        ({"credibility": '"2"'}, "credibility", "Expected `int`, got `str`", "'2'"),
        ({"reliability": '"G"'}, "reliability", "Invalid enum value 'G'", "'G'"),
        ({"basis": '"rumour"'}, "basis", "Invalid enum value 'rumour'", "'rumour'"),
        ({"quote": '"' + "x" * 301 + '"'}, "quote", "length <= 300", "'xxx"),
        ({"organisation": None}, "organisation", "a value", "nothing"),
        ({"colour": '"red"'}, "colour", "no such field", "'red'"),
        ({"value": '"a\\u202Eb"'}, "value", "printable characters only", "'a\\u202eb'"),
        ({"value": '"a\\nb"'}, "value", "printable characters only", "'a\\nb'"),
        ({"cites": '["ok", "not ok"]'}, "cites", "matching regex", "['ok', 'not ok']"),
        ({"id": '"../x"'}, "id", "matching regex", "'../x'"),
        ({"tlp": '"white"'}, "tlp", "Invalid enum value", "'white'"),
    ],
)
def test_a_wrong_entry_is_named_with_field_expected_and_found(
    changed: dict[str, str | None], field: str, expected: str, observed: str
) -> None:
    good = claim_toml(id='"second"')
    found = parse(claim_toml(**changed) + good, "c.toml")
    assert [claim.id for claim in found.claims] == ["second"]
    (problem,) = found.problems
    assert problem.where == f"c.toml: claim 1, field {field}"
    assert expected in problem.expected
    assert problem.observed.startswith(observed)


def test_the_second_entry_of_an_id_is_refused_and_the_first_kept() -> None:
    found = parse(claim_toml(value='"one"') + claim_toml(value='"two"'), "c.toml")
    assert [claim.value for claim in found.claims] == ["one"]
    assert found.problems[0].where == "c.toml: claim 2, field id"


def test_an_entry_that_is_no_table_is_a_problem() -> None:
    found = parse(b"claim = [1, []]", "c.toml")
    assert [problem.where for problem in found.problems] == [
        "c.toml: claim 1, field (all)",
        "c.toml: claim 2, field (all)",
    ]


def test_names_and_hypotheses_are_read() -> None:
    found = parse(
        b"""
[[name]]
subject = "one:A"
object = "two:B"
kind = "same_as"
scheme = "one"
source = "One's page"
said = "2025-11"

[[hypothesis]]
id = "h"
statement = "It was so."
for = ["first"]
likelihood = "likely"
""",
        "c.toml",
    )
    assert found.problems == ()
    assert (found.names[0].subject, found.names[0].kind) == ("one:A", "same_as")
    assert found.hypotheses == (
        Hypothesis(id="h", statement="It was so.", evidence_for=("first",), evidence_against=(), likelihood="likely"),
    )


@pytest.mark.parametrize(
    "data",
    [
        b"\xff",
        b"not toml",
        b"claim = 1",
        b'[[claims]]\nid = "x"',
        b"claim = " + b"[" * 4000,
        b"x = " + b"9" * 8000,
        b"[claim]\n" + b".".join([b"a"] * 3000) + b" = 1",
    ],
)
def test_what_is_no_claims_file_is_a_format_error(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"c\.toml"):
        parse(data, "c.toml")


def test_a_file_beyond_the_limits_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LimitError, match="a line of"):
        parse(b"# " + b"x" * claims_toml.MAX_LINE_BYTES, "c.toml")
    monkeypatch.setattr(claims_toml, "MAX_ENTRIES", 1)
    with pytest.raises(LimitError, match="2 of kind claim"):
        parse(claim_toml() * 2, "c.toml")
    monkeypatch.setattr(claims_toml, "MAX_BYTES", 10)
    with pytest.raises(LimitError, match="10 bytes"):
        parse(claim_toml(), "c.toml")


def test_a_worker_reads_the_file_it_is_handed(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_bytes(claim_toml())
    descriptor = os.open(tmp_path / "c.toml", os.O_RDONLY)
    try:
        assert claims_toml.read_sealed("c.toml", (descriptor,)) == parse(claim_toml(), "c.toml")
    finally:
        os.close(descriptor)


IDS = st.text(string.ascii_letters + string.digits, min_size=1, max_size=8)
PRINTABLE = st.text(st.characters(exclude_categories=["C", "Zl", "Zp", "Zs"], include_characters=" "), max_size=30)
NAMES = PRINTABLE.filter(bool)
MOMENTS = st.sampled_from(
    ["2022", "2023-Q1", "2023-03", "2023-03-29", "2023-03-29T02:27Z", "2022-12-08T02:27:50Z"]
).map(moment_text.parse)
CLAIMS = st.builds(
    Claim,
    id=IDS,
    source=st.builds(Speaker, organisation=NAMES, reliability=st.sampled_from("ABCDEF")),
    said=MOMENTS,
    read=MOMENTS,
    about=NAMES,
    relation=st.just("attributed_to"),
    value=PRINTABLE,
    words=NAMES,
    credibility=st.integers(1, 6),
    basis=st.sampled_from(ClaimBasis),
    cites=st.lists(IDS, max_size=3).map(tuple),
    quote=PRINTABLE,
    reference=PRINTABLE,
    tlp=st.sampled_from(["clear", "amber+strict"]),
)
HYPOTHESES = st.builds(
    Hypothesis,
    id=IDS,
    statement=PRINTABLE,
    evidence_for=st.lists(IDS, max_size=3).map(tuple),
    evidence_against=st.lists(IDS, max_size=3).map(tuple),
    likelihood=NAMES,
)


@given(
    st.lists(CLAIMS, max_size=3, unique_by=lambda claim: claim.id),
    st.lists(HYPOTHESES, max_size=2, unique_by=lambda hypothesis: hypothesis.id),
)
def test_writing_then_reading_is_the_identity(claims: list[Claim], hypotheses: list[Hypothesis]) -> None:
    file = ClaimsFile(claims=tuple(claims), hypotheses=tuple(hypotheses))
    assert parse(write(file), "c.toml") == file


@given(st.integers(0, len(claim_toml()) - 1), st.integers(1, 255))
def test_a_flipped_byte_is_an_error_a_problem_or_a_valid_read(at: int, flip: int) -> None:
    data = bytearray(claim_toml())
    data[at] ^= flip
    try:
        found = parse(bytes(data), "c.toml")
    except (FormatError, LimitError):
        return
    assert found.claims or found.problems


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        parse(data, "c.toml")
    except (FormatError, LimitError):
        return


@pytest.mark.parametrize("name", public_claims.names())
def test_the_public_claims_that_ship_are_without_fault(name: str) -> None:
    found = parse(public_claims.load(name), name)
    assert found.problems == ()
    ids = {claim.id for claim in found.claims}
    for claim in found.claims:
        assert set(claim.cites) <= ids, claim.id
        assert (claim.basis is ClaimBasis.RELAY) <= bool(claim.cites), claim.id
        assert claim.reference, claim.id
    for hypothesis in found.hypotheses:
        assert {*hypothesis.evidence_for, *hypothesis.evidence_against} <= ids
    assert parse(write(found), name) == found


def test_there_are_no_claims_of_an_unknown_incident() -> None:
    with pytest.raises(KeyError):
        public_claims.load("../attack")
