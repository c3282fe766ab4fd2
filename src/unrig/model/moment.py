"""Moments that know how exact they are: a day is not midnight."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from msgspec import Struct


class Precision(StrEnum):
    """How exact a moment is."""

    MICROSECOND = "us"
    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Basis(StrEnum):
    """Whose clock, or whose word."""

    DEVICE = "device"
    SERVER = "server"
    STATED = "stated"
    FILE = "file"


class Moment(Struct, frozen=True, kw_only=True):
    """A point in time with its precision; `at` is the interval's start, in UTC."""

    at: dt.datetime
    precision: Precision
    basis: Basis


class Window(Struct, frozen=True, kw_only=True):
    """From and until, both in UTC; None is open."""

    since: dt.datetime | None = None
    until: dt.datetime | None = None


_FIXED = {
    Precision.MICROSECOND: dt.timedelta(microseconds=1),
    Precision.SECOND: dt.timedelta(seconds=1),
    Precision.MINUTE: dt.timedelta(minutes=1),
    Precision.HOUR: dt.timedelta(hours=1),
    Precision.DAY: dt.timedelta(days=1),
}
_MONTHS = {Precision.MONTH: 1, Precision.QUARTER: 3, Precision.YEAR: 12}


def interval(moment: Moment) -> tuple[dt.datetime, dt.datetime]:
    """Return the half-open interval [start, end) that a moment stands for."""
    if moment.precision in _FIXED:
        return moment.at, moment.at + _FIXED[moment.precision]
    months = moment.at.month - 1 + _MONTHS[moment.precision]
    return moment.at, moment.at.replace(year=moment.at.year + months // 12, month=months % 12 + 1, day=1)


def surely_before(first: Moment, second: Moment) -> bool:
    """Return whether the first interval ends before the second starts; overlap says nothing."""
    return interval(first)[1] <= interval(second)[0]
