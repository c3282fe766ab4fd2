"""Members of installers and other compound files: every stream under its name, damage beside what is still found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build.msi import MsiBinary, MsiFile, MsiSpec, build_msi
from unrig.drill.build.msi_database import stream_name
from unrig.drill.build.ole import OleLayout, OleStream, build_ole
from unrig.drill.build.payload import PayloadSpec
from unrig.formats.sniff import sniff
from unrig.model.budget import Budget, Limits
from unrig.model.errors import FormatError, LimitError
from unrig.model.member import Member
from unrig.model.problem import Problem, ProblemKind
from unrig.unpack import msi
from unrig.unpack.streams import problems_of

BIG = b"content!" * 1000
SPEC = MsiSpec(
    files=(MsiFile(path="phone.exe", content=BIG), MsiFile(path="sub/phone.exe", content=b"other")),
    binaries=(MsiBinary(name="helper", size=5000),),
    signature=PayloadSpec(size=300),
    more=(OleStream(name=stream_name("Icon.main"), content=b"icon"),),
)


def listed(data: bytes, budget: Budget | None = None) -> list[Member | Problem]:
    return list(msi.members(memoryview(data), budget or Budget()))


def members(data: bytes) -> dict[str, Member]:
    return {entry.path: entry for entry in listed(data) if isinstance(entry, Member)}


def problems(data: bytes) -> list[Problem]:
    return [entry for entry in listed(data) if isinstance(entry, Problem)]


def content(member: Member) -> bytes:
    with member.open() as stream:
        return stream.read()


@pytest.mark.parametrize("version", [3, 4])
def test_every_stream_is_a_member_under_its_own_name(version: int) -> None:
    data = build_msi(SPEC, OleLayout(version=version))
    assert sniff(memoryview(data)) in msi.CONTAINER.formats
    found = members(data)
    assert {"Data1.cab", "Binary.helper", "Icon.main", "%05DigitalSignature", "%05SummaryInformation"} <= set(found)
    assert {"!File", "!Property", "!_StringPool", "!_StringData", "!_Columns", "!_Tables"} <= set(found)
    assert len(content(found["Binary.helper"])) == 5000
    assert content(found["Icon.main"]) == b"icon"
    assert problems(data) == []


def test_the_cabinet_inside_is_whole() -> None:
    cabinet = members(build_msi(SPEC))["Data1.cab"]
    assert sniff(memoryview(content(cabinet))) == "cab"
    assert BIG in content(cabinet)
    assert cabinet.size == len(content(cabinet))


def test_sizes_and_offsets_are_those_of_the_file() -> None:
    data = build_msi(SPEC)
    for member in members(data).values():
        with member.open() as stream:
            plain = stream.read()
            assert problems_of(stream) == ()
        assert len(plain) == member.size
        if member.offset:
            assert data[member.offset : member.offset + 512] == plain[:512]
    assert members(data)["Icon.main"].offset == 0
    assert len({member.index for member in members(data).values()}) == len(members(data))


def test_storages_are_folders_and_other_compound_files_list_their_streams() -> None:
    streams = (OleStream(name="WordDocument", content=BIG), OleStream(name="dir", content=b"x", storage="Macros/VBA"))
    assert set(members(build_ole(streams))) == {"WordDocument", "Macros/VBA/dir"}


def test_an_unlisted_stream_is_delivered() -> None:
    spec = MsiSpec(more=(OleStream(name="Ghost", content=BIG, unlisted=True),))
    assert content(members(build_msi(spec))["%unlisted/Ghost"]) == BIG


@pytest.mark.parametrize(
    "stream",
    [
        OleStream(name="x", content=BIG, cut=True),
        OleStream(name="x", content=BIG, stated_size=len(BIG) + 5000),
        OleStream(name="x", content=BIG, stated_size=len(BIG) + 5000, cycle=True),
    ],
)
def test_a_stream_that_lies_gives_what_it_has_and_a_problem(stream: OleStream) -> None:
    data = build_msi(MsiSpec(more=(stream,)))
    with members(data)["x"].open() as opened:
        found = opened.read()
        (problem,) = problems_of(opened)
    assert found.startswith(BIG[:512])
    assert (problem.kind, problem.where) == (ProblemKind.DAMAGED, "x")
    assert len(content(members(data)["Data1.cab"])) > 0


def test_streams_that_share_sectors_are_delivered_with_a_problem() -> None:
    streams = (OleStream(name="a", content=BIG), OleStream(name="b", same_as=0), OleStream(name="c", same_as=0))
    data = build_ole(streams)
    assert [content(member) for member in members(data).values()] == [BIG] * 3
    assert [problem.where for problem in problems(data)] == ["stream b", "stream c"]


def test_many_streams_on_one_chain_end_at_twice_the_file() -> None:
    twins = tuple(OleStream(name=f"t{index}", same_as=0) for index in range(200))
    data = build_ole((OleStream(name="a", content=bytes(1 << 20)), *twins))
    found = [entry for entry in listed(data) if isinstance(entry, Member)]
    assert sum(map(len, map(content, found))) == 3 << 20
    assert next(problem.where for problem in problems(data) if problem.kind is ProblemKind.LIMIT) == "t2"


@pytest.mark.parametrize("layout", [OleLayout(fat_outside=True), OleLayout(directory_cycle=True)])
def test_damage_of_what_all_streams_depend_on_is_a_problem(layout: OleLayout) -> None:
    assert {problem.kind for problem in problems(build_msi(SPEC, layout))} == {ProblemKind.DAMAGED}


def test_bytes_outside_all_streams_are_no_problem_and_no_member() -> None:
    plain, hiding = build_msi(SPEC), build_msi(SPEC, OleLayout(free=5000, lost=5000, trailing=5000))
    assert {path: content(m) for path, m in members(hiding).items()} == {
        path: content(m) for path, m in members(plain).items()
    }
    assert problems(hiding) == []


def test_too_many_members_end_in_a_named_problem() -> None:
    data = build_ole(tuple(OleStream(name=f"s{index}", content=b"x") for index in range(10)))
    found = listed(data, Budget(limits=Limits(members=4)))
    assert len([entry for entry in found if isinstance(entry, Member)]) == 4
    (problem,) = (entry for entry in found if isinstance(entry, Problem))
    assert problem.kind is ProblemKind.LIMIT


def test_what_is_none_is_a_format_error() -> None:
    with pytest.raises(FormatError):
        listed(b"no compound file")


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 1 << 20), st.integers(1, 255))
def test_any_flipped_byte_gives_members_problems_or_a_named_error(place: int, mask: int) -> None:
    data = bytearray(build_msi(SPEC))
    data[place % len(data)] ^= mask
    try:
        for member in members(bytes(data)).values():
            content(member)
    except (FormatError, LimitError):
        return
