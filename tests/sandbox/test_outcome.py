from __future__ import annotations

import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from unrig.model.problem import ProblemKind, new_problem, problem_id
from unrig.sandbox import outcome
from unrig.sandbox.call import Call, Item, Limits
from unrig.sandbox.messages import Failed


class Nothing(Struct, frozen=True):
    pass


CALL = Call(function="unrig.vet.reading:read", argument=Nothing, result=Nothing)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (None, "lost with its fork server"),
        (0, "exit code 0"),
        (70, "exit code 70"),
        (-signal.SIGXCPU, "limit of 60 s of CPU time"),
        (-signal.SIGKILL, "killed by SIGKILL"),
        (-signal.SIGSYS, "killed by SIGSYS"),
        (-50, "killed by signal 50"),
    ],
)
def test_each_end_has_its_words(code: int | None, words: str) -> None:
    assert words in outcome.describe_end(code, Limits())


@pytest.mark.parametrize(
    ("where", "inner", "expected"),
    [
        ("app/a.dll", "offset 3", "app/a.dll, offset 3"),
        ("app/a.dll", "", "app/a.dll"),
        ("", "offset 3", "item 9, offset 3"),
    ],
)
def test_the_place_is_the_item_s_and_the_reader_s(where: str, inner: str, expected: str) -> None:
    failed = Failed(index=9, kind=ProblemKind.FORMAT, where=inner, expected="a", observed="b")
    found = outcome.of_failure(CALL, Item(argument=Nothing(), where=where), 9, failed)
    assert found.where == expected
    assert found.id == problem_id(ProblemKind.FORMAT, expected, "a", "b")


@given(st.sampled_from(ProblemKind), st.text(), st.text())
def test_every_problem_says_what_to_do(kind: ProblemKind, text: str, traceback: str) -> None:
    failed = Failed(index=0, kind=kind, where=text, expected=text, observed=text, traceback=traceback)
    found = outcome.of_failure(CALL, Item(argument=Nothing(), where="x"), 0, failed)
    assert found.effect
    assert found.action
    assert found.kind in {ProblemKind.FORMAT, ProblemKind.LIMIT, ProblemKind.WORKER_DIED, ProblemKind.DEFECT}


def test_the_same_cause_at_the_same_place_is_the_same_problem() -> None:
    def made(where: str, effect: str) -> str:
        return new_problem(
            kind=ProblemKind.LIMIT, where=where, expected="1", observed="2", effect=effect, action="", traceback=effect
        ).id

    assert made("a", "x") == made("a", "y")
    assert made("a", "x") != made("b", "x")
    assert len(made("a", "x")) == 16


@given(st.text(), st.text(), st.text())
def test_no_text_moves_from_one_field_to_the_next_unseen(first: str, second: str, third: str) -> None:
    joined = problem_id(ProblemKind.FORMAT, first + second, "", third)
    assert (joined == problem_id(ProblemKind.FORMAT, first, second, third)) == (second == "")
