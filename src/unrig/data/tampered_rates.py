"""How often known tampered releases showed what a drift rule looks for: the upper half of its likelihood ratio.

Counted by hand from public descriptions; the names stand in the table so that anybody can count again.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct


class TamperedRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One property among known tampered releases."""

    property: str
    """As in the base rates: `rule.ID`."""
    group: str
    """What it rests on: of properties of one group only the weightiest counts where several come together."""
    hits: tuple[str, ...]
    """Those that showed it."""
    of: tuple[str, ...]
    """Those in which it could have been seen."""


class _Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rows: tuple[TamperedRow, ...] = ()


@cache
def tampered_rates() -> Mapping[str, TamperedRow]:
    """Return the rows by property, read once. Raises msgspec.ValidationError if the file is not what it should be."""
    text = resources.files("unrig.data").joinpath("tampered_rates.toml").read_bytes()
    return {row.property: row for row in msgspec.toml.decode(text, type=_Table).rows}
