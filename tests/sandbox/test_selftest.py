from __future__ import annotations

import pytest

from unrig.model.problem import ProblemKind, new_problem
from unrig.sandbox import libc, selftest
from unrig.sandbox.layers import Layer
from unrig.sandbox.selftest import WALLS, Answer, Escape, SelfTest


@pytest.fixture(scope="module")
def tried() -> SelfTest:
    return selftest.selftest()


def test_every_escape_is_tried(tried: SelfTest) -> None:
    assert [outcome.escape for outcome in tried.outcomes] == list(Escape)
    assert set(WALLS) == set(Escape)


@pytest.mark.parametrize("escape", Escape)
def test_each_escape_is_refused_or_the_missing_layers_are_named(tried: SelfTest, escape: Escape) -> None:
    (outcome,) = (outcome for outcome in tried.outcomes if outcome.escape is escape)
    missing = {entry.layer for entry in tried.layers.missing}
    assert outcome.refused or set(outcome.walls) <= missing, outcome


@pytest.mark.skipif(not libc.LINUX, reason="the layers are Linux's")
def test_on_linux_only_the_user_may_be_missing(tried: SelfTest) -> None:
    assert tried.holds
    assert {entry.layer for entry in tried.layers.missing} <= {Layer.USER}


def test_a_worker_that_is_lost_has_not_refused() -> None:
    lost = new_problem(
        kind=ProblemKind.WORKER_DIED, where="execute", expected="", observed="exit code 0", effect="", action=""
    )
    assert not selftest._outcome(Escape.EXECUTE, lost).refused
    assert selftest._outcome(Escape.EXECUTE, lost).observed == "exit code 0"
    assert selftest._outcome(Escape.EXECUTE, Answer(refused=True, observed="no")).refused
