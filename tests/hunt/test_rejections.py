from __future__ import annotations

import pytest

from unrig.hunt.rejections import problem_of, rejected_records
from unrig.hunt.streams import Reason, Rejected
from unrig.model.problem import ProblemKind


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_a_problem_with_its_place_and_count(reason: Reason) -> None:
    problem = problem_of("log", Rejected(reason=reason, record=7, offset=99, count=3, sample="abc"))
    assert problem.where == "log: record 7, byte 99"
    assert "3 of them, the first: abc" in problem.observed
    assert problem.expected
    assert problem.effect
    assert problem.action


def test_what_was_read_nonetheless_is_not_counted_as_lost() -> None:
    assert rejected_records(Rejected(reason=Reason.CHECKSUM, record=0, offset=0, count=2)) == 0
    assert rejected_records(Rejected(reason=Reason.RECORD_DAMAGED, record=0, offset=0, count=2)) == 2
    told = problem_of("log", Rejected(reason=Reason.CHECKSUM, record=0, offset=4096))
    assert told.kind is ProblemKind.DAMAGED
    assert "was read" in told.effect
    assert told.observed.endswith("1 of them")
    assert "JSON" not in told.expected
