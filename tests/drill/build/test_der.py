"""asn1crypto, another encoder, agrees with the DER written by hand."""

from __future__ import annotations

import datetime as dt

from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from unrig.drill.build import _der as der


@given(st.integers(0, 2**200))
def test_integer(number: int) -> None:
    assert der.integer(number) == core.Integer(number).dump()


@given(st.binary(max_size=70_000))
def test_octets_of_any_length(content: bytes) -> None:
    assert der.octets(content) == core.OctetString(content).dump()


@given(st.lists(st.integers(0, 999), max_size=6))
def test_sequence_and_set(numbers: list[int]) -> None:
    parts = [der.integer(number) for number in numbers]
    assert der.sequence(*parts) == core.SequenceOf(numbers, spec=core.Integer).dump()
    assert der.set_of(*parts) == core.SetOf(numbers, spec=core.Integer).dump(force=True)


def test_oid_and_tags() -> None:
    assert der.oid("1.2.840.113549.1.7.2") == bytes.fromhex("06092a864886f70d010702")
    assert der.tagged(0, der.NULL) == bytes.fromhex("a0020500")
    assert der.primitive(2, b"ab") == bytes.fromhex("82026162")


@given(st.integers(0, 2**31))
def test_times(at: int) -> None:
    moment = dt.datetime.fromtimestamp(at, dt.UTC)
    assert core.GeneralizedTime.load(der.generalized_time(at)).native == moment
    if moment.year < 2050:
        assert core.UTCTime.load(der.utc_time(at)).native == moment
