from __future__ import annotations

import datetime as dt

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from unrig.formats import der
from unrig.model.errors import FormatError, LimitError


def first(data: bytes) -> der.Element:
    return der.root(data)


def test_a_value_tells_where_it_and_its_content_stand() -> None:
    data = b"\xff\xff\x04\x03abc\xff"
    element = der.read(data, 2, 7)
    assert (element.tag, element.start, element.body, element.end, element.size) == (4, 2, 4, 7, 3)
    assert der.content(data, element) == b"abc"
    assert der.whole(data, element) == b"\x04\x03abc"


def test_a_memoryview_reads_as_bytes_do() -> None:
    data = memoryview(b"\x30\x05\x02\x01\x07\x05\x00")
    assert [e.tag for e in der.children(data, der.root(data))] == [der.INTEGER, der.NULL]
    assert der.content(data, der.root(data)) == b"\x02\x01\x07\x05\x00"


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65535, 65536])
def test_every_length_form_is_read(size: int) -> None:
    encoded = core.OctetString(b"x" * size).dump()
    assert first(encoded).size == size


def test_a_length_longer_than_needed_is_read_as_windows_does() -> None:
    assert der.content(b"\x04\x83\x00\x00\x01A", first(b"\x04\x83\x00\x00\x01A")) == b"A"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "0 bytes left"),
        (b"\x30", "1 bytes left"),
        (b"\x30\x80\x00\x00", "0x80"),
        (b"\x30\x85\x00\x00\x00\x00\x01A", "0x85"),
        (b"\x30\x82\x01", "0x82"),
        (b"\x30\xff" + bytes(200), "0xff"),
        (b"\x30\x02A", "a length of 2"),
        (b"\x04\x84\xff\xff\xff\xff", "a length of 4294967295"),
        (b"\x1f\x81\x00\x00", "0x1f"),
        (b"\xbf\x00\x00", "0xbf"),
    ],
)
def test_what_is_no_value_is_refused(data: bytes, found: str) -> None:
    with pytest.raises(FormatError, match=found):
        der.root(data)


@pytest.mark.parametrize(("offset", "end"), [(-1, 3), (0, 99), (5, 3)])
def test_a_place_outside_the_data_is_refused(offset: int, end: int) -> None:
    with pytest.raises(FormatError):
        der.read(b"\x04\x01A", offset, end)


def test_members_must_fill_their_parent() -> None:
    with pytest.raises(FormatError):
        der.children(b"\x30\x03\x05\x00\x05", first(b"\x30\x03\x05\x00\x05"))


def test_a_list_without_end_meets_its_limit() -> None:
    exact = core.SequenceOf([core.Null()] * der.MOST_CHILDREN, spec=core.Null).dump()
    assert len(der.children(exact, first(exact))) == der.MOST_CHILDREN
    longer = core.SequenceOf([core.Null()] * (der.MOST_CHILDREN + 1), spec=core.Null).dump()
    with pytest.raises(LimitError):
        der.children(longer, first(longer))


def test_fields_are_taken_in_the_order_of_the_definition() -> None:
    data = b"\x30\x0a\x02\x01\x07\x05\x00\x04\x03abc"
    fields = der.sequence(data, first(data), "Thing")
    assert der.integer(data, fields.take(der.INTEGER, "number")) == 7
    assert fields.optional(der.OCTET_STRING) is None
    assert fields.optional(der.NULL) is not None
    assert [e.tag for e in fields.rest()] == [der.OCTET_STRING]
    assert fields.any("rest").tag == der.OCTET_STRING
    with pytest.raises(FormatError, match="the end"):
        fields.any("more")
    with pytest.raises(FormatError, match="the end"):
        fields.take(der.NULL, "more")
    assert fields.optional(der.NULL) is None


def test_a_field_of_another_tag_is_refused() -> None:
    data = b"\x30\x02\x05\x00"
    with pytest.raises(FormatError, match="tag 0x05"):
        der.sequence(data, first(data), "Thing").take(der.INTEGER, "number")
    with pytest.raises(FormatError, match="tag 0x05"):
        der.sequence(data, der.read(data, 2, 4), "Thing")


@pytest.mark.parametrize("data", [b"\xa0\x00", b"\xa0\x04\x05\x00\x05\x00"])
def test_an_explicit_tag_holds_one_value(data: bytes) -> None:
    with pytest.raises(FormatError, match="one value"):
        der.only_child(data, first(data), "thing")


@given(st.integers(min_value=-(2**200), max_value=2**200))
def test_integers_read_as_the_oracle_writes_them(number: int) -> None:
    data = core.Integer(number).dump()
    assert der.integer(data, first(data)) == number


@pytest.mark.parametrize("data", [b"\x02\x00", b"\x02\x82\x10\x01" + bytes(4097), b"\x04\x01\x01"])
def test_an_integer_has_octets_but_not_too_many(data: bytes) -> None:
    with pytest.raises(FormatError):
        der.integer(data, first(data))


@given(st.integers(0, 2), st.integers(0, 39), st.lists(st.integers(0, 2**40), max_size=6))
def test_object_identifiers_read_as_the_oracle_writes_them(top: int, second: int, rest: list[int]) -> None:
    dotted = ".".join(map(str, (top, second, *rest)))
    data = core.ObjectIdentifier(dotted).dump()
    assert der.oid(data, first(data)) == dotted


def test_the_second_arc_below_two_may_be_large() -> None:
    assert der.oid(b"\x06\x02\x88\x37", first(b"\x06\x02\x88\x37")) == "2.999"


@pytest.mark.parametrize("data", [b"\x06\x00", b"\x06\x01\x80", b"\x06\x41" + b"\x01" * 65, b"\x04\x01\x01"])
def test_what_is_no_object_identifier_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        der.oid(data, first(data))


def test_a_bit_string_comes_without_its_count() -> None:
    assert der.bit_string(b"\x03\x03\x01\xab\xcc", first(b"\x03\x03\x01\xab\xcc")) == b"\xab\xcc"
    for data in (b"\x03\x00", b"\x03\x02\x08\x00"):
        with pytest.raises(FormatError):
            der.bit_string(data, first(data))


@given(st.integers(-631152000, 2524607999))
def test_both_kinds_of_time_read_as_the_oracle_writes_them(seconds: int) -> None:
    when = dt.datetime.fromtimestamp(seconds, dt.UTC)
    for data in (core.UTCTime(when).dump(), core.GeneralizedTime(when).dump()):
        assert der.time(data, first(data)) == seconds


@pytest.mark.parametrize(
    ("text", "tag", "expected"),
    [
        (b"700101000000Z", der.UTC_TIME, 0),
        (b"7001010000Z", der.UTC_TIME, 0),
        (b"700101010000+0100", der.UTC_TIME, 0),
        (b"691231230000-0100", der.UTC_TIME, 0),
        (b"500101000000Z", der.UTC_TIME, -631152000),
        (b"491231235959Z", der.UTC_TIME, 2524607999),
        (b"19700101000001.25Z", der.GENERALIZED_TIME, 1),
        (b"19700101000001,5", der.GENERALIZED_TIME, 1),
        (b"99991231235959Z", der.GENERALIZED_TIME, 253402300799),
    ],
)
def test_times_of_every_written_form(text: bytes, tag: int, expected: int) -> None:
    data = bytes((tag, len(text))) + text
    assert der.time(data, first(data)) == expected


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        (b"", der.UTC_TIME),
        (b"7013010000Z", der.UTC_TIME),
        (b"700001000000Z", der.UTC_TIME),
        (b"700132000000Z", der.UTC_TIME),
        (b"700101240000Z", der.UTC_TIME),
        (b"700101006000Z", der.UTC_TIME),
        (b"700101000061Z", der.UTC_TIME),
        (b"19700101000000Z", der.UTC_TIME),
        (b"700101000000Z", der.GENERALIZED_TIME),
        (b"00000101000000Z", der.GENERALIZED_TIME),
        (b"19700101000000Z" + b"0" * 40, der.GENERALIZED_TIME),
        (b"\xff" * 13, der.UTC_TIME),
        (b"700101000000Z", der.OCTET_STRING),
    ],
)
def test_what_is_no_time_is_refused(text: bytes, tag: int) -> None:
    data = bytes((tag, len(text))) + text
    with pytest.raises(FormatError):
        der.time(data, first(data))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (core.UTF8String("Größe"), "Größe"),
        (core.PrintableString("plain"), "plain"),
        (core.BMPString("Größe"), "Größe"),
        (core.UniversalString("Größe"), "Größe"),
        (core.TeletexString("plain"), "plain"),
        (core.IA5String("a@b.invalid"), "a@b.invalid"),
    ],
)
def test_strings_of_every_kind(value: core.AbstractString, text: str) -> None:
    data = value.dump()
    assert der.text(data, first(data)) == text


def test_a_string_never_brings_control_characters_along() -> None:
    data = core.UTF8String("a\x1b[31m\n\u202eb").dump()
    assert der.text(data, first(data)) == "a\\u001b[31m\\u000a\\u202eb"


def test_a_string_is_cut_and_its_wrong_octets_are_replaced() -> None:
    assert der.text(b"\x0c\x04abcd", first(b"\x0c\x04abcd"), longest=2) == "ab"
    assert der.text(b"\x0c\x02\xff\xfe", first(b"\x0c\x02\xff\xfe")) == "\ufffd\ufffd"


@given(st.binary(max_size=200))
def test_any_bytes_are_values_or_a_format_error(data: bytes) -> None:
    waiting = []
    try:
        waiting.append(der.root(data))
    except FormatError:
        return
    while waiting:
        element = waiting.pop()
        assert 0 <= element.start < element.body <= element.end <= len(data)
        der.text(data, element)
        for reader in (der.oid, der.integer, der.time, der.bit_string):
            try:
                reader(data, element)
            except FormatError:
                continue
        try:
            waiting += der.children(data, element)
        except FormatError:
            continue
