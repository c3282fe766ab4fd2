from __future__ import annotations

import random

import pytest
import signature_kit as kit

from unrig.drill.build import _der as write
from unrig.formats import authenticode_attributes, cms, der
from unrig.model.signature import Attribute, Nature

PAYLOAD = random.Random(6).randbytes(1024)


def describe(*attributes: bytes, kind: str = "unsigned", understood: tuple[int, ...] = ()) -> tuple[Attribute, ...]:
    """Describe attributes as they stand in a SignerInfo of their own."""
    data = kit.signer_info(kit.plain_certificate(), b"", kit.Signing(more_unsigned=attributes))
    raw = cms.signer_info(data, der.root(data)).unsigned
    numbers = {raw[index].where.start for index in understood}
    return authenticode_attributes.describe(memoryview(data), raw, numbers, kind)


def test_a_known_attribute_of_usual_size() -> None:
    (told,) = describe(kit.attribute(cms.SIGNING_TIME, write.utc_time(0)), kind="signed")
    assert (told.oid, told.name, told.signed, told.known) == (cms.SIGNING_TIME, "signingTime", True, True)
    assert told.span.length == len(kit.attribute(cms.SIGNING_TIME, write.utc_time(0)))
    assert len(told.span.sha256) == 64


def test_an_unknown_attribute_is_told_by_number() -> None:
    (told,) = describe(kit.attribute("2.999.1", write.octets(PAYLOAD)))
    assert (told.name, told.signed, told.known, told.nature) == ("2.999.1", False, False, Nature.RANDOM)


@pytest.mark.parametrize("oid", sorted(authenticode_attributes.LONGEST))
def test_no_name_makes_a_long_attribute_known(oid: str) -> None:
    longest = authenticode_attributes.LONGEST[oid]
    short, long = kit.attribute(oid, write.octets(b"x")), kit.attribute(oid, write.octets(bytes(longest)))
    assert describe(short)[0].known
    assert not describe(long)[0].known
    assert oid in cms.KNOWN_ATTRIBUTES


def test_the_second_of_a_kind_is_not_known() -> None:
    once = kit.attribute(cms.MESSAGE_DIGEST, write.octets(bytes(32)))
    assert [a.known for a in describe(once, once)] == [True, False]


def test_an_attribute_of_several_values_is_not_known() -> None:
    values = [write.octets(bytes((n,)) * 8) for n in range(3)]
    (told,) = describe(kit.attribute(cms.MESSAGE_DIGEST, *values))
    assert not told.known
    assert told.nature is not Nature.ZEROS


@pytest.mark.parametrize("oid", [cms.NESTED, cms.RFC3161_TOKEN, cms.LEGACY_COUNTER_SIGNATURE, cms.TOKEN_ATTRIBUTE])
def test_what_must_be_read_is_known_once_it_was(oid: str) -> None:
    attribute = kit.attribute(oid, write.octets(b"x"))
    assert not describe(attribute)[0].known
    assert describe(attribute, understood=(0,))[0].known


def test_a_malformed_attribute_has_a_name_that_says_so() -> None:
    (told,) = describe(write.sequence(write.octets(PAYLOAD)))
    assert (told.name, told.oid, told.known, told.nature) == ("malformed", "", False, Nature.RANDOM)


@pytest.mark.parametrize(
    ("value", "nature"),
    [
        (write.octets(PAYLOAD), Nature.RANDOM),
        (write.sequence(write.set_of(write.octets(PAYLOAD))), Nature.RANDOM),
        (write.value(0x0C, b"campaign=spring" * 20), Nature.ASCII),
        (write.octets(bytes(500)), Nature.ZEROS),
    ],
)
def test_the_nature_is_that_of_the_bytes_inside(value: bytes, nature: Nature) -> None:
    assert describe(kit.attribute("2.999.1", value))[0].nature is nature
