"""One compressed file is a container with one member, whatever its header calls it."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.model.budget import Budget, Limits
from unrig.model.errors import FormatError, LimitError
from unrig.model.member import Member
from unrig.model.problem import Problem, ProblemKind
from unrig.unpack.compressed import CONTAINER, NAME
from unrig.unpack.streams import problems_of

PACK: dict[str, Callable[[bytes], bytes]] = {
    "bzip2": bz2.compress,
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "zstd": zstandard.compress,
}


def only(data: bytes, budget: Budget | None = None) -> Member:
    (member,) = CONTAINER.members(memoryview(data), budget or Budget())
    assert isinstance(member, Member)
    return member


@pytest.mark.parametrize("kind", PACK)
@given(content=st.binary(max_size=3000))
@settings(max_examples=20)
def test_packing_and_opening_is_the_identity(kind: str, content: bytes) -> None:
    with only(PACK[kind](content)).open() as stream:
        assert stream.read() == content
        assert problems_of(stream) == ()


@pytest.mark.parametrize("kind", PACK)
def test_several_streams_in_a_row_are_one_content(kind: str) -> None:
    with only(PACK[kind](b"first ") + PACK[kind](b"second")).open() as stream:
        assert stream.read() == b"first second"


def test_the_member_is_not_called_by_the_header() -> None:
    held = io.BytesIO()
    with gzip.GzipFile(filename="../../etc/passwd", fileobj=held, mode="wb") as file:
        file.write(b"x")
    assert only(held.getvalue()).path == NAME


@pytest.mark.parametrize("kind", PACK)
def test_a_cut_stream_gives_what_it_had_and_a_problem(kind: str) -> None:
    content = bytes(range(256)) * 4000
    with only(PACK[kind](content)[:-12]).open() as stream:
        got = stream.read()
        (problem,) = problems_of(stream)
    assert content.startswith(got)
    assert problem.kind is ProblemKind.DAMAGED


@pytest.mark.parametrize("kind", PACK)
def test_bytes_behind_the_stream_are_a_problem_and_the_content_is_given(kind: str) -> None:
    with only(PACK[kind](b"content") + b"\x01tail").open() as stream:
        assert stream.read() == b"content"
        assert len(problems_of(stream)) == 1


@pytest.mark.parametrize("kind", PACK)
def test_a_bomb_ends_at_the_budget(kind: str) -> None:
    budget = Budget(limits=Limits(member_bytes=100_000))
    with only(PACK[kind](bytes(10_000_000)), budget).open() as stream, pytest.raises(LimitError):
        stream.read()


def test_no_member_is_left_where_the_budget_has_none() -> None:
    (problem,) = CONTAINER.members(memoryview(gzip.compress(b"x")), Budget(limits=Limits(members=0)))
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.LIMIT


def test_what_is_none_of_the_formats_is_an_error_by_name() -> None:
    with pytest.raises(FormatError):
        list(CONTAINER.members(memoryview(b"plain text"), Budget()))
