"""A listing of 7-Zip as members, whose content comes from elsewhere."""

from __future__ import annotations

import pytest

from unrig.formats.sniff import CHECKS
from unrig.model.budget import Budget, Limits
from unrig.model.errors import FormatError
from unrig.model.member import Member
from unrig.model.problem import Problem, ProblemKind
from unrig.unpack.outside import CONTAINER

LISTING = b"Path = a\\b\nSize = 5\nCRC = 00000001\n\nPath = secret\nSize = 7\nEncrypted = +\n\nPath = d\nFolder = +\n"


def listed(budget: Budget | None = None) -> list[Member | Problem]:
    return list(CONTAINER.members(memoryview(LISTING), budget or Budget()))


def test_each_member_is_listed_and_cannot_be_opened_here() -> None:
    members = [one for one in listed() if isinstance(one, Member)]
    assert [(one.path, one.kind, one.crc32) for one in members] == [
        ("a%5Cb", "file", 1),
        ("secret", "encrypted", -1),
        ("d", "folder", -1),
    ]
    with pytest.raises(FormatError):
        members[0].open()


def test_an_encrypted_member_is_a_problem() -> None:
    [problem] = [one for one in listed() if isinstance(one, Problem)]
    assert (problem.where, problem.kind) == ("secret", ProblemKind.UNSUPPORTED)


def test_the_budget_ends_a_listing() -> None:
    *_, last = listed(Budget(limits=Limits(members=1)))
    assert isinstance(last, Problem)
    assert last.kind is ProblemKind.LIMIT


def test_every_format_is_one_that_is_told() -> None:
    assert set(CONTAINER.formats) == set(CONTAINER.program) <= set(CHECKS)
