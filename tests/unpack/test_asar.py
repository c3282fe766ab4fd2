"""Members of asars: their content, and a problem for each that has none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build.asar import AsarFile, AsarLayout, build_asar, pickled
from unrig.drill.build.payload import PayloadSpec
from unrig.model.budget import Budget, Limits
from unrig.model.errors import FormatError, LimitError
from unrig.model.member import Member
from unrig.model.problem import Problem, ProblemKind
from unrig.unpack import asar

FILES = (
    AsarFile(path="package.json", content=b"{}"),
    AsarFile(path="app/main.js", content=b"start()" * 99_999),
    AsarFile(path="app/native.node", content=b"native", unpacked=True),
    AsarFile(path="app/link.js", link="app/main.js"),
    AsarFile(path="empty"),
)


def listed(data: bytes, budget: Budget | None = None) -> list[Member | Problem]:
    return list(asar.members(memoryview(data), budget or Budget()))


def members(data: bytes) -> list[Member]:
    return [entry for entry in listed(data) if isinstance(entry, Member)]


def content(member: Member) -> bytes:
    with member.open() as stream:
        return stream.read()


def test_files_come_back_and_links_are_not_followed() -> None:
    found = members(build_asar(FILES, AsarLayout(trailing=PayloadSpec(size=50))))
    assert [(member.path, member.kind, member.size) for member in found] == [
        ("package.json", "file", 2),
        ("app", "folder", 0),
        ("app/main.js", "file", 7 * 99_999),
        ("app/link.js", "symlink", 0),
        ("empty", "file", 0),
    ]
    assert [content(member) for member in found] == [b"{}", b"", FILES[1].content, b"app/main.js", b""]
    assert len({member.index for member in found}) == len(found)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=9).filter(lambda name: "/" not in name), st.binary(max_size=99)))
def test_pack_then_unpack_is_the_identity(files: dict[str, bytes]) -> None:
    data = build_asar(tuple(AsarFile(path=f"in/{name}", content=plain) for name, plain in files.items()))
    assert [content(m) for m in members(data) if m.kind == "file"] == list(files.values())


@pytest.mark.parametrize("place", [{"stated_size": 999}, {"stated_offset": "999"}, {"stated_offset": "x"}])
def test_files_outside_the_archive_are_problems_and_hide_no_other(place: dict[str, int | str]) -> None:
    bad = AsarFile(path="bad", content=b"x", **place)  # type: ignore[arg-type]
    found = listed(build_asar((bad, FILES[0])))
    assert [(entry.where, entry.kind) for entry in found if isinstance(entry, Problem)] == [
        ("bad", ProblemKind.DAMAGED)
    ]
    assert [entry.path for entry in found if isinstance(entry, Member)] == ["package.json"]


def test_hostile_names_are_labels() -> None:
    found = members(build_asar((AsarFile(path="../up\n!/x", content=b"x"),)))
    assert found[-1].path == "../up%0A%21/x"


def test_many_files_of_the_same_bytes_end_at_twice_the_archive() -> None:
    first = AsarFile(path="0", content=bytes(1 << 20))
    rest = tuple(AsarFile(path=str(n), stated_size=1 << 20, stated_offset="0", integrity=False) for n in range(1, 60))
    found = listed(build_asar((first, *rest)))
    assert sum(len(content(entry)) for entry in found if isinstance(entry, Member)) == 3 << 20
    refused = [entry for entry in found if isinstance(entry, Problem)]
    assert [problem.kind for problem in refused] == [ProblemKind.LIMIT] * 57
    assert refused[0].where == "3"


def test_two_files_of_the_same_bytes_are_both_delivered() -> None:
    first = AsarFile(path="0", content=bytes(2 << 20))
    found = members(build_asar((first, AsarFile(path="1", stated_size=2 << 20, stated_offset="0", integrity=False))))
    assert [len(content(entry)) for entry in found] == [2 << 20] * 2


def test_too_many_members_end_in_a_named_problem() -> None:
    *first, last = listed(build_asar(FILES), Budget(limits=Limits(members=2)))
    assert [isinstance(entry, Member) for entry in first] == [True, True]
    assert isinstance(last, Problem)
    assert (last.kind, last.where) == (ProblemKind.LIMIT, "app/main.js")


def test_what_is_no_asar_is_a_format_error() -> None:
    with pytest.raises(FormatError):
        listed(pickled(b"[1]"))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 1 << 20), st.integers(1, 255))
def test_any_flipped_byte_gives_members_problems_or_a_named_error(place: int, mask: int) -> None:
    data = bytearray(build_asar((FILES[0], *FILES[2:])))
    data[place % len(data)] ^= mask
    try:
        for member in members(bytes(data)):
            content(member)
    except (FormatError, LimitError):
        return
