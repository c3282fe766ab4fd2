"""Moments as text: what is read back, what is refused."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.model.moment import Basis, Moment, Precision, interval
from unrig.model.moment_text import parse, write


@pytest.mark.parametrize(
    ("text", "start", "precision"),
    [
        ("2022", dt.datetime(2022, 1, 1, tzinfo=dt.UTC), Precision.YEAR),
        ("2023-Q1", dt.datetime(2023, 1, 1, tzinfo=dt.UTC), Precision.QUARTER),
        ("2023-Q4", dt.datetime(2023, 10, 1, tzinfo=dt.UTC), Precision.QUARTER),
        ("2023-03", dt.datetime(2023, 3, 1, tzinfo=dt.UTC), Precision.MONTH),
        ("2023-03-29", dt.datetime(2023, 3, 29, tzinfo=dt.UTC), Precision.DAY),
        ("2023-03-29T02Z", dt.datetime(2023, 3, 29, 2, tzinfo=dt.UTC), Precision.HOUR),
        ("2023-03-29T02:27Z", dt.datetime(2023, 3, 29, 2, 27, tzinfo=dt.UTC), Precision.MINUTE),
        ("2022-12-07T20:27:50-06:00", dt.datetime(2022, 12, 8, 2, 27, 50, tzinfo=dt.UTC), Precision.SECOND),
        ("2023-03-29T02:27:50.5Z", dt.datetime(2023, 3, 29, 2, 27, 50, 500000, tzinfo=dt.UTC), Precision.MICROSECOND),
    ],
)
def test_the_text_says_how_exact_it_is(text: str, start: dt.datetime, precision: Precision) -> None:
    assert parse(text) == Moment(at=start, precision=precision, basis=Basis.STATED)


@pytest.mark.parametrize(
    "text",
    ["", "23", "2023-13", "2023-02-29", "2023-Q5", "2023-03-29T02:27", "2023-03-29T25Z", "2023-03-29 ", "9999-12",
     "0001-01-01T00:00+14:00", "early 2023", "2023-03-29T02:27:60Z", "\uff12\uff10\uff12\uff13"],
)  # fmt: skip
def test_what_is_no_moment_is_none(text: str) -> None:
    assert parse(text) is None


_STARTS = {
    Precision.YEAR: {"month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0, "microsecond": 0},
    Precision.MONTH: {"day": 1, "hour": 0, "minute": 0, "second": 0, "microsecond": 0},
    Precision.DAY: {"hour": 0, "minute": 0, "second": 0, "microsecond": 0},
    Precision.HOUR: {"minute": 0, "second": 0, "microsecond": 0},
    Precision.MINUTE: {"second": 0, "microsecond": 0},
    Precision.SECOND: {"microsecond": 0},
    Precision.MICROSECOND: {},
}


@given(
    st.datetimes(
        max_value=dt.datetime(9998, 12, 31),  # noqa: DTZ001 - hypothesis wants it naive
        timezones=st.just(dt.UTC),
    ),
    st.sampled_from(list(Precision)),
)
def test_writing_then_reading_is_the_identity(at: dt.datetime, precision: Precision) -> None:
    if precision is Precision.QUARTER:
        start = at.replace(month=(at.month - 1) // 3 * 3 + 1, day=1, hour=0, minute=0, second=0, microsecond=0)
    else:
        start = at.replace(**_STARTS[precision])
    moment = Moment(at=start, precision=precision, basis=Basis.STATED)
    assert parse(write(moment)) == moment


@given(st.text(max_size=40))
def test_any_text_gives_a_moment_with_an_interval_or_none(text: str) -> None:
    moment = parse(text)
    if moment is not None:
        first, end = interval(moment)
        assert first < end
