"""How often consecutive innocent releases differ in some way: what `changed` means.

The table is written by `make base-rates` (benchmarks/base_rates_table.py) from real releases; each row counts release
pairs in which at least one file shows the property.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct


class BaseRateRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One property among the pairs that judge; the weight alone comes from the other half."""

    property: str
    """A property of a Change (functions.changed), or `rule.ID`: the rule has a finding."""
    hits: int
    """Pairs with at least one such file."""
    of: int
    """Pairs in which it could have been seen."""
    low: float
    high: float
    """Wilson's 95 % interval of hits / of."""
    corpus: str
    group: str = ""
    """What a rule rests on: of rules of one group only the weightiest counts where several come together."""
    weight: float = 0.0
    """Likelihood ratio: how much more often known tampered releases (`unrig.data.tampered_rates`) show it than pairs of
    the half that sets weights. Only rules have one; 0 for what nobody counted among tampered releases."""
    weight_low: float = 0.0
    weight_high: float = 0.0
    """Walter's 95 % interval of the weight."""
    tampered_hits: int = 0
    tampered_of: int = 0


class _Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rows: tuple[BaseRateRow, ...] = ()


@cache
def base_rates() -> Mapping[str, BaseRateRow]:
    """Return the rows by property, read once. Raises msgspec.ValidationError if the file is not what it should be."""
    text = resources.files("unrig.data").joinpath("base_rates.toml").read_bytes()
    return {row.property: row for row in msgspec.toml.decode(text, type=_Table).rows}
