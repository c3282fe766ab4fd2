"""Results as JSON has them: maps, lists, text, and floats of few digits."""

from __future__ import annotations

from typing import Any

import msgspec

DIGITS = 6
"""Significant digits of a float (contract): what differs beyond is the machine's, not the result's."""


def plain(value: object) -> Any:
    """Return a value as JSON has it, its floats rounded, so that the same result gives the same bytes anywhere."""
    return _rounded(msgspec.to_builtins(value))


def _rounded(value: Any) -> Any:
    match value:
        case float():
            return float(f"{value:.{DIGITS}g}")
        case dict():
            return {name: _rounded(one) for name, one in value.items()}
        case list() | tuple():
            return [_rounded(one) for one in value]
        case _:
            return value
