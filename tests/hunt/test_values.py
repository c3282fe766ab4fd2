from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.hunt.values import boolean, epoch, hash_part, integer, moment, real, text

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(json_values)
def test_any_value_becomes_one_of_the_column_or_null(value: object) -> None:
    assert text(value) is None or isinstance(text(value), str)
    number = integer(value)
    assert number is None or -(1 << 63) <= number < 1 << 63
    assert boolean(value) in {None, True, False}
    when = moment(value)
    assert when is None or when.tzinfo is None


@given(st.datetimes(min_value=dt.datetime(1970, 1, 1), max_value=dt.datetime(2100, 1, 1)), st.integers(-12, 12))  # noqa: DTZ001  (tables are naive UTC)
def test_a_time_with_an_offset_is_brought_to_utc(when: dt.datetime, hours: int) -> None:
    zone = dt.timezone(dt.timedelta(hours=hours))
    assert moment(when.replace(tzinfo=dt.UTC).astimezone(zone).isoformat(timespec="microseconds")) == when


@pytest.mark.parametrize("value", ["2024-03-04", "", "-", "soon", None, 1709542800, "9999-12-31 23:59:59-14:00"])
def test_a_day_alone_and_what_is_no_time_is_null(value: object) -> None:
    assert moment(value) is None


@pytest.mark.parametrize(
    ("hashes", "part", "expected"),
    [
        (f"SHA256={'A' * 64}", "SHA256", "a" * 64),
        (f"md5={'b' * 32}, sha256={'c' * 64}", "SHA256", "c" * 64),
        ("c" * 64, "SHA256", "c" * 64),
        ("d" * 32, "MD5", "d" * 32),
        ("d" * 32, "IMPHASH", None),
        (f"SHA256={'A' * 63}", "SHA256", None),
        (f"SHA256={'G' * 64}", "SHA256", None),
        (f"SHA1={'A' * 64}", "SHA256", None),
        ("", "SHA256", None),
    ],
)
def test_hashes_are_taken_apart(hashes: str, part: str, expected: str | None) -> None:
    assert hash_part(hashes, part) == expected


@pytest.mark.parametrize(("value", "expected"), [("0x3E7", 999), ("12", 12), (" 12 ", 12), (True, None), ("1.5", None)])
def test_integers(value: object, expected: int | None) -> None:
    assert integer(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1.5", 1.5), (2, 2.0), (0.25, 0.25), ("nan", None), ("inf", None), (True, None), ("a", None), (None, None)],
)
def test_reals(value: object, expected: float | None) -> None:
    assert real(value) == expected


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (0, "1970-01-01T00:00:00"),
        (1709542800.125, "2024-03-04T09:00:00.125000"),
        ("1709542800.865716", "2024-03-04T09:00:00.865716"),
        ("1709542800.1234567", "2024-03-04T09:00:00.123456"),
        ("1709542800.", "2024-03-04T09:00:00"),
        ("1709542800", "2024-03-04T09:00:00"),
    ],
)
def test_seconds_since_1970_are_a_time(given_: object, expected: str) -> None:
    found = epoch(given_)
    assert found is not None
    assert found.isoformat() == expected


@pytest.mark.parametrize("given_", [None, True, -1, 1e30, float("inf"), "", "1e9", "-5", "9" * 12, "1.2.3", [1], "٣"])
def test_what_is_no_number_of_seconds_is_no_time(given_: object) -> None:
    assert epoch(given_) is None
