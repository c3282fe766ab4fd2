"""What hides where no signature looks, and how much it could carry."""

from __future__ import annotations

import pytest
from findings_kit import some_bytes
from hypothesis import given
from hypothesis import strategies as st

from unrig.drill.build.certificate_table import TableSpec
from unrig.drill.build.payload import Kind, PayloadSpec
from unrig.drill.build.pe_spec import PeSpec
from unrig.drill.build.signing import SigningSpec, signed_pe
from unrig.formats import authenticode
from unrig.model.levels import Severity, severity_rank
from unrig.model.signature import Nature, SignatureFacts, Stray
from unrig.vet.hidden import Hidden, carries, everywhere, in_signatures, in_table, text_severity, weigh

PAYLOAD = PayloadSpec(size=3000)


@st.composite
def stretches(draw: st.DrawFn, start: int = 0) -> list[Hidden]:
    """Return hidden stretches that do not overlap, from an offset on."""
    parts = draw(st.lists(st.tuples(st.integers(1, 9_000), st.sampled_from(Nature), st.integers(0, 500)), max_size=6))
    return [
        hidden(length, nature, offset=start + 10_000 * n, dense=dense if nature is Nature.ASCII else 0)
        for n, (length, nature, dense) in enumerate(parts)
    ]


def hidden(length: int, nature: Nature = Nature.RANDOM, offset: int = 0, **more: object) -> Hidden:
    return Hidden(where="x", bytes=some_bytes(offset, length, nature, **more))


def read(**how: object) -> SignatureFacts:
    return authenticode.read(memoryview(signed_pe(PeSpec(), SigningSpec(**how), 3)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("how", "where"),
    [
        ({"table": TableSpec(padding=PAYLOAD)}, "entry 1"),
        ({"table": TableSpec(second=PAYLOAD)}, "entry 2"),
        ({"table": TableSpec(between=PAYLOAD)}, "in no entry"),
        ({"table": TableSpec(after=PAYLOAD)}, "behind the signature table"),
        ({"spare_certificate": PAYLOAD}, "no chain uses"),
        ({"spare_crl": PAYLOAD}, "a revocation list"),
        ({"unsigned_attribute": PAYLOAD}, "unsigned attribute"),
    ],
)
def test_every_place_a_payload_can_be_put_is_looked_at(how: dict[str, object], where: str) -> None:
    (found,) = everywhere(read(**how))
    assert where in found.where
    assert 3000 <= found.span.length < 3008
    assert carries(weigh([found]))


def test_an_ordinary_signature_hides_nothing() -> None:
    facts = read(nested="sha384", page_hashes=True, program="Harbor")
    assert everywhere(facts) == ()
    assert [one.bytes.nature for one in in_table(facts)] in ([], [Nature.ZEROS])


def test_strays_of_the_grammar_are_looked_at() -> None:
    facts = SignatureFacts(strays=(Stray(what="SignerInfo", bytes=some_bytes(5, 600)),))
    (found,) = in_signatures(facts)
    assert "SignerInfo" in found.where


@pytest.mark.parametrize(
    ("kind", "size", "expected"),
    [
        (Kind.ASCII, 8_192, Severity.LOW),
        (Kind.ASCII, 65_000, Severity.LOW),
        (Kind.ASCII, 66_000, Severity.HIGH),
        (Kind.BASE64, 900, Severity.LOW),
        (Kind.BASE64, 2_000, Severity.MEDIUM),
        (Kind.BASE64, 9_000, Severity.HIGH),
        (Kind.HEX, 900, Severity.LOW),
        (Kind.HEX, 2_000, Severity.MEDIUM),
        (Kind.HEX, 9_000, Severity.HIGH),
        (Kind.SPRINKLED, 300, Severity.LOW),
        (Kind.SPRINKLED, 3_000, Severity.MEDIUM),
        (Kind.SPRINKLED, 30_000, Severity.HIGH),
    ],
)
def test_how_bad_a_text_is(kind: Kind, size: int, expected: Severity) -> None:
    facts = read(table=TableSpec(padding=PayloadSpec(size=size, kind=kind)))
    assert text_severity(weigh(in_table(facts))) is expected


@pytest.mark.parametrize("kind", [Kind.HEX, Kind.BASE64, Kind.RANDOM, Kind.STRUCTURED, Kind.SPRINKLED])
@pytest.mark.parametrize("entries", [1, 2, 7])
def test_splitting_changes_little(kind: Kind, entries: int) -> None:
    facts = read(table=TableSpec(padding=PayloadSpec(size=40_000, kind=kind), entries=entries))
    assert carries(weigh(in_table(facts)))


def test_each_byte_is_weighed_once() -> None:
    same = [hidden(700), hidden(700)]
    assert weigh(same).binary == 700
    assert weigh([*same, hidden(700, offset=9_000)]).binary == 1_400


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], False),
        ([hidden(511)], False),
        ([hidden(512)], True),
        ([hidden(256), hidden(256, offset=900)], True),
        ([hidden(5_000, Nature.ZEROS)], False),
        ([hidden(5_000, Nature.ASCII)], False),
        ([hidden(5_000, Nature.ASCII, dense=4_000)], True),
        ([hidden(5_000, Nature.ASCII, entropy=5.9)], True),
    ],
)
def test_room_for_more_than_a_tag(parts: list[Hidden], expected: bool) -> None:
    assert carries(weigh(parts)) is expected


@given(stretches(), stretches(start=1_000_000))
def test_more_hidden_bytes_never_weigh_less(some: list[Hidden], more: list[Hidden]) -> None:
    before, after = weigh(some), weigh([*some, *more])
    assert before.binary <= after.binary
    assert before.text <= after.text
    assert severity_rank(text_severity(before)) <= severity_rank(text_severity(after))
    assert carries(before) <= carries(after)


@given(stretches())
def test_order_does_not_matter(some: list[Hidden]) -> None:
    assert weigh(some) == weigh(some[::-1])
