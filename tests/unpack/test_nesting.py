"""Containers within containers: 10,000 levels and bombs end in a named problem, after bounded work."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterator

import pytest

from unrig.drill.build import zip_hostile
from unrig.formats.sniff import sniff
from unrig.model.budget import Budget, Limits, Spent, deeper
from unrig.model.errors import FormatError, LimitError
from unrig.model.member import Member
from unrig.model.paths import inside
from unrig.model.problem import Problem, ProblemKind
from unrig.unpack import CONTAINERS
from unrig.unpack.budget import limited


def walk(data: bytes, budget: Budget, where: str = "release") -> Iterator[str | Problem]:
    """What a pipeline does with the units, in one process: paths of leaves, and problems."""
    unit = next((unit for unit in CONTAINERS if sniff(memoryview(data)) in unit.formats), None)
    if unit is None:
        yield where
        return
    try:
        below = deeper(budget, where)
        for entry in unit.members(memoryview(data), below):
            if isinstance(entry, Problem):
                yield entry
            else:
                yield from walk(content(entry), below, inside(where, entry.path))
    except LimitError as error:
        yield limited(where, error)


def content(member: Member) -> bytes:
    with member.open() as stream:
        return stream.read()


def deep_tar(levels: int) -> bytes:
    """Tars within tars, written in one pass: headers from the outermost in, end blocks from the innermost out."""
    heads, size = [], 0
    for _ in range(levels):
        info = tarfile.TarInfo("deeper.tar")
        info.size = size
        heads.append(info.tobuf(tarfile.GNU_FORMAT))
        size += 512 + 1024
    return b"".join(reversed(heads)) + bytes(1024 * levels)


def deep_gzip(levels: int) -> bytes:
    data = b"bottom"
    for _ in range(levels):
        data = gzip.compress(data, 0)
    return data


@pytest.mark.parametrize(
    "data",
    [zip_hostile.deep_nest(200), deep_tar(10_000), deep_gzip(10_000)],
    ids=["zip", "tar", "gzip"],
)
def test_ten_thousand_levels_end_in_a_named_problem(data: bytes) -> None:
    budget = Budget()
    (problem,) = walk(data, budget)
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.LIMIT
    assert problem.expected == "at most 16 containers within each other"
    assert problem.where.count("!/") == 16
    assert budget.spent.members == 16


def test_a_few_levels_are_opened() -> None:
    assert list(walk(deep_gzip(16), Budget())) == ["release" + "!/content" * 16]


def test_a_nested_bomb_ends_at_the_total_of_all_levels() -> None:
    bomb = zip_hostile.nested_bomb(levels=5, width=10, size=1 << 20)
    assert len(bomb) < 20_000
    budget = Budget(limits=Limits(total_bytes=4 << 20))
    ends = list(walk(bomb, budget))
    assert any(isinstance(end, Problem) and end.kind is ProblemKind.LIMIT for end in ends)
    assert budget.spent.bytes < 8 << 20


def test_levels_share_their_counters_and_nothing_else() -> None:
    budget = Budget(spent=Spent(members=3))
    below = deeper(budget, "x")
    below.spent.bytes += 5
    assert (budget.spent.bytes, budget.depth, below.depth) == (5, 0, 1)
    assert Budget().spent.members == 0


def test_the_units_are_sorted_and_named_by_their_headings() -> None:
    assert [unit.id for unit in CONTAINERS] == sorted(unit.id for unit in CONTAINERS)
    formats = [name for unit in CONTAINERS for name in unit.formats]
    assert len(formats) == len(set(formats))


def test_a_gzipped_tar_in_a_zip_has_a_path_of_three_parts() -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("package/index.js"))
    assert list(walk(target.getvalue(), Budget())) == ["release!/content!/package/index.js"]


def test_what_no_unit_reads_is_no_container() -> None:
    for unit in CONTAINERS:
        if unit.program:  # what it gets is a listing: text that lists nothing
            assert list(unit.members(memoryview(b"text, no container at all"), Budget())) == []
            continue
        with pytest.raises(FormatError):
            list(unit.members(memoryview(b"text, no container at all"), Budget()))
