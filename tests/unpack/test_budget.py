"""Members that are stored as they are: what they may give together, and how those beyond it are named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.model.errors import FormatError, LimitError
from unrig.model.problem import Problem, ProblemKind
from unrig.unpack.budget import SHARE, SMALL, damaged, limited, room_in, shared, unsupported


@given(st.lists(st.integers(0, 3 << 20), max_size=12), st.integers(0, 2 << 20))
def test_what_is_given_is_never_more_than_twice_the_container(sizes: list[int], held: int) -> None:
    room = room_in(memoryview(bytes(held)))
    given_out = 0
    for size in sizes:
        if shared(room, "a", size) is not None:
            break
        given_out += size
    assert given_out <= SHARE * held + SMALL


@given(st.lists(st.integers(0, 1000), max_size=20))
def test_members_of_bytes_of_their_own_always_fit(sizes: list[int]) -> None:
    room = room_in(memoryview(bytes(sum(sizes))))
    assert [shared(room, "a", size) for size in sizes] == [None] * len(sizes)


def test_one_beyond_is_a_limit_with_its_name() -> None:
    room = room_in(memoryview(b""))
    problem = shared(room, "a/b", SMALL + 1)
    assert problem is not None
    assert (problem.kind, problem.where) == (ProblemKind.LIMIT, "a/b")
    assert f"{SMALL + 1:,} bytes more" in problem.observed


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (limited("x", LimitError("x", "5 members", "one more")), ProblemKind.LIMIT),
        (damaged("x", FormatError("head", "a name", "none"), "it was not looked at"), ProblemKind.DAMAGED),
        (unsupported("x", "what unrig opens", "another", "ask"), ProblemKind.UNSUPPORTED),
    ],
)
def test_every_problem_says_what_to_do(problem: Problem, kind: ProblemKind) -> None:
    assert problem.kind is kind
    for field in ("where", "expected", "observed", "effect", "action"):
        assert getattr(problem, field)
