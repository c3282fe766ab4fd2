"""Moments as a person writes them: the text says how exact it is.

`2022` is a year, `2023-Q1` a quarter, `2023-03` a month, `2023-03-29` a day, and with a time of day (RFC 3339, its
zone named) an hour, a minute, a second or a microsecond: `2023-03-29T02Z`, `…T02:27Z`, `…T02:27:50Z`, `….123456Z`.
"""

from __future__ import annotations

import datetime as dt
import re

from unrig.model.moment import Basis, Moment, Precision

GRAMMAR = "a moment as 2022, 2023-Q1, 2023-03, 2023-03-29 or 2023-03-29T02:27Z"

_FORM = re.compile(
    r"(?P<year>[0-9]{4})"
    r"(?:-Q(?P<quarter>[1-4])|-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    r"(?:T(?P<hour>[0-9]{2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,6}))?)?)?"
    r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2}))?)?)?"
)
_FINEST_FIRST = (
    ("fraction", Precision.MICROSECOND),
    ("second", Precision.SECOND),
    ("minute", Precision.MINUTE),
    ("hour", Precision.HOUR),
    ("day", Precision.DAY),
    ("month", Precision.MONTH),
    ("quarter", Precision.QUARTER),
    ("year", Precision.YEAR),
)
_TIMESPEC = {
    Precision.MICROSECOND: "microseconds",
    Precision.SECOND: "seconds",
    Precision.MINUTE: "minutes",
    Precision.HOUR: "hours",
}


def parse(text: str, basis: Basis = Basis.STATED) -> Moment | None:
    """Return the moment that a text names, its start in UTC; None where the text is no moment."""
    form = _FORM.fullmatch(text)
    if form is None:
        return None
    precision = next(precision for part, precision in _FINEST_FIRST if form[part])
    try:
        at = _start(form).astimezone(dt.UTC)
        if at.year == dt.MAXYEAR:  # the end of its interval would be no date
            return None
    except (ValueError, OverflowError):
        return None
    return Moment(at=at, precision=precision, basis=basis)


def write(moment: Moment) -> str:
    """Return the text that `parse` reads back as the same moment."""
    at = moment.at.astimezone(dt.UTC).replace(tzinfo=None)
    match moment.precision:
        case Precision.YEAR:
            return f"{at.year:04}"
        case Precision.QUARTER:
            return f"{at.year:04}-Q{(at.month + 2) // 3}"
        case Precision.MONTH:
            return at.date().isoformat()[:7]
        case Precision.DAY:
            return at.date().isoformat()
        case finer:
            return at.isoformat(timespec=_TIMESPEC[finer]) + "Z"


def _start(form: re.Match[str]) -> dt.datetime:
    month = int(form["quarter"]) * 3 - 2 if form["quarter"] else int(form["month"] or 1)
    return dt.datetime(
        int(form["year"]),
        month,
        int(form["day"] or 1),
        int(form["hour"] or 0),
        int(form["minute"] or 0),
        int(form["second"] or 0),
        int((form["fraction"] or "").ljust(6, "0")),
        tzinfo=_zone(form["zone"]),
    )


def _zone(text: str | None) -> dt.tzinfo:
    if text is None or text == "Z":
        return dt.UTC
    offset = dt.timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return dt.timezone(-offset if text[0] == "-" else offset)
