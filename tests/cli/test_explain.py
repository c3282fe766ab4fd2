"""`unrig explain` prints each unit's own words."""

import sys

import pytest
from click.testing import CliRunner

from unrig.cli import explain
from unrig.hunt.analytics import ANALYTICS
from unrig.hunt.leads import LEAD_KINDS
from unrig.model.errors import UsageError
from unrig.vet.detect import RULES

UNITS = {rule.id: rule.check.__module__ for rule in RULES}
UNITS |= {unit.id: unit.rows.__module__ for unit in (*ANALYTICS, *LEAD_KINDS)}


def said(*arguments: str) -> str:
    return CliRunner().invoke(explain.command, arguments, standalone_mode=False, catch_exceptions=False).output


def test_without_a_rule_all_are_listed() -> None:
    assert {line.split()[0] for line in said().splitlines()} == set(UNITS)


@pytest.mark.parametrize("unit", sorted(UNITS))
def test_a_unit_is_explained_by_its_own_docstring(unit: str) -> None:
    assert said(unit) == f"{unit}\n\n{(sys.modules[UNITS[unit]].__doc__ or '').strip()}\n"


def test_an_unknown_id_is_refused_with_those_alike() -> None:
    with pytest.raises(UsageError, match="signature-padding"):
        said("signature-paddings")
