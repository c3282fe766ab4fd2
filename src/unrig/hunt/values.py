"""From the values of untrusted records to those of columns: what does not fit becomes null, never an error."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

import msgspec

from unrig.data.events import HASH_LENGTHS

NOTHING = frozenset({"", "-"})
"""What Windows and Sysmon write where there is nothing."""
_INT64 = 1 << 63
_SHORTEST_TIME = 16  # 2023-03-29T15:16; a day alone is no time
_START = dt.datetime(1970, 1, 1)  # noqa: DTZ001  (columns are naive UTC)
_LAST_SECOND = 253_402_300_799  # the end of the year 9999, where Python's times end
_SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]*)?")
_EXPONENT = re.compile(r"[0-9]\.[0-9]{1,17}e\+[01][0-9]")
_BY_LENGTH = {64: "SHA256", 40: "SHA1", 32: "MD5"}
"""What a hash without a name is, by its digits."""
TRUE, FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})


def moment(value: object) -> dt.datetime | None:
    """Return a time of ISO 8601 (with T or a space, any number of decimals) as naive UTC; None for anything else.

    One that a reader has worked out already stays what it is.
    """
    if isinstance(value, dt.datetime):
        return value
    if not isinstance(value, str) or len(value) < _SHORTEST_TIME:
        return None
    try:
        read = dt.datetime.fromisoformat(value)
        return read if read.tzinfo is None else read.astimezone(dt.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def epoch(value: object) -> dt.datetime | None:
    """Return a time given in seconds since 1970, as a number or in decimal digits, as naive UTC; None for the rest."""
    if isinstance(value, str) and _EXPONENT.fullmatch(value):  # Zeek's text, of times after 2038
        value = float(value)
    if isinstance(value, str) and _SECONDS.fullmatch(value):
        whole, _, part = value.partition(".")
        seconds, micros = int(whole), int(f"{part:0<6.6}")
    elif isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _LAST_SECOND:
        seconds, micros = divmod(round(value * 1_000_000), 1_000_000)
    else:
        return None
    return _START + dt.timedelta(seconds=seconds, microseconds=micros) if seconds < _LAST_SECOND else None


def text(value: object) -> str | None:
    """Return a value as text: Booleans as `true` and `false`, structures as JSON; None for nothing."""
    if isinstance(value, str):
        return None if value in NOTHING else value
    if value is None:
        return None
    return msgspec.json.encode(value).decode()


def integer(value: object) -> int | None:
    """Return a number of 64 bits given as such, in decimal or, after 0x, in hexadecimal digits."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = int(value, 16 if value[:2].lower() == "0x" else 10)
        except ValueError:
            return None
    return value if isinstance(value, int) and -_INT64 <= value < _INT64 else None


def real(value: object) -> float | None:
    """Return a finite number given as such or in decimal digits."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    return float(value) if isinstance(value, int | float) and abs(value) <= _INT64 else None


def boolean(value: object) -> bool | None:
    """Return a truth value given as such or in words."""
    word = text(value)
    if word is None:
        return None
    return True if word.lower() in TRUE else False if word.lower() in FALSE else None


def hash_part(hashes: str, part: str) -> str | None:
    """Return one hash of a list such as `SHA1=..,MD5=..,SHA256=..`, or of a bare one, in lower case."""
    return _hashes(hashes).get(part)


@lru_cache(maxsize=1 << 14)
def _hashes(hashes: str) -> dict[str, str]:
    found = {}
    for each in hashes.upper().split(","):
        name, _, digits = each.strip().rpartition("=")
        name = name or _BY_LENGTH.get(len(digits), "")
        if HASH_LENGTHS.get(name) == len(digits) and not digits.strip("0123456789ABCDEF"):
            found[name] = digits.lower()
    return found
