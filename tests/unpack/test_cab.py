"""Files of cabinets: their content, and a problem for each that has none here."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from unrig.drill.build._lzx import LzxBlock
from unrig.drill.build.cab import CabFile, CabFolder, CabLayout, CabMethod, build_cab
from unrig.drill.build.payload import PayloadSpec
from unrig.model.budget import Budget, Limits
from unrig.model.errors import FormatError, LimitError
from unrig.model.member import Member
from unrig.model.problem import Problem, ProblemKind
from unrig.unpack import cab
from unrig.unpack.streams import problems_of

WORDS = b" ".join(b"word%d of many" % number for number in range(6000))
FILES = (
    CabFile(name="a.txt", content=b"alpha" * 1000),
    CabFile(name="sub\\words.txt", content=WORDS),
    CabFile(name="c.bin", content=random.Random(1).randbytes(40_001)),
    CabFile(name="empty"),
    CabFile(name="ü", content=b"umlaut"),
)
PATHS = ["a.txt", "sub/words.txt", "c.bin", "empty", "ü"]
BLOCKS = [(LzxBlock.VERBATIM,), (LzxBlock.ALIGNED,), (LzxBlock.UNCOMPRESSED,), tuple(LzxBlock)]


def listed(data: bytes, budget: Budget | None = None) -> list[Member | Problem]:
    return list(cab.members(memoryview(data), budget or Budget()))


def members(data: bytes) -> list[Member]:
    return [entry for entry in listed(data) if isinstance(entry, Member)]


def problems(data: bytes) -> list[Problem]:
    return [entry for entry in listed(data) if isinstance(entry, Problem)]


def content(member: Member) -> bytes:
    with member.open() as stream:
        return stream.read()


def complaints(member: Member) -> tuple[Problem, ...]:
    with member.open() as stream:
        stream.read()
        return problems_of(stream)


@pytest.mark.parametrize(
    "folder",
    [
        CabFolder(files=FILES, method=CabMethod.STORED),
        CabFolder(files=FILES),
        *(CabFolder(files=FILES, method=CabMethod.LZX, blocks=kinds) for kinds in BLOCKS),
        CabFolder(files=FILES, method=CabMethod.LZX, window_bits=21, call_size=1 << 20),
    ],
    ids=["stored", "mszip", "verbatim", "aligned", "uncompressed", "in turns", "calls"],
)
def test_files_come_back(folder: CabFolder) -> None:
    data = build_cab((folder,))
    assert [member.path for member in members(data)] == PATHS
    for member, file in zip(members(data), FILES, strict=True):
        assert (content(member), complaints(member)) == (file.content, ())
        assert member.size == len(file.content)
    assert problems(data) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=5), st.sampled_from(BLOCKS), st.sampled_from(CabMethod))
def test_pack_then_unpack_is_the_identity(plains: list[bytes], kinds: tuple[LzxBlock, ...], method: CabMethod) -> None:
    files = tuple(CabFile(name=str(number), content=plain) for number, plain in enumerate(plains))
    method = CabMethod.MSZIP if method is CabMethod.QUANTUM else method
    folders = (CabFolder(files=files, method=method, blocks=kinds), CabFolder(files=files, method=method))
    data = build_cab(folders, CabLayout(block_reserve=3, header_reserve=PayloadSpec(size=5)))
    assert [content(member) for member in members(data)] == [*plains, *plains]


def test_members_can_be_opened_again_out_of_order_and_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    for kept in (cab.KEPT, 32_768, 0):
        monkeypatch.setattr(cab, "KEPT", kept)
        found = members(build_cab((CabFolder(files=FILES, method=CabMethod.LZX),)))
        assert [content(member) for member in reversed(found)] == [file.content for file in reversed(FILES)]
        with found[1].open() as first, found[2].open() as second:
            pieces = [(first.read(900), second.read(900)) for _ in range(3)]
        assert b"".join(one for one, _ in pieces) == FILES[1].content[:2700]
        assert b"".join(other for _, other in pieces) == FILES[2].content[:2700]


def test_what_is_kept_is_bounded_over_all_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[cab._Plain] = []
    real = cab._Plain

    def noted(*arguments: object) -> cab._Plain:
        made.append(real(*arguments))  # type: ignore[arg-type]
        return made[-1]

    monkeypatch.setattr(cab, "_Plain", noted)
    monkeypatch.setattr(cab, "KEPT", 100_000)
    folders = tuple(CabFolder(files=FILES) for _ in range(5))
    for member in members(build_cab(folders)):
        content(member)
    assert 0 < sum(len(piece.plain) for plain in made for piece in plain._kept) <= 100_000


def test_a_folder_is_unpacked_once_for_all_its_files(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []
    real = cab.pieces

    def counted(*arguments: object) -> object:
        begun.append(1)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(cab, "pieces", counted)
    for member in reversed(members(build_cab((CabFolder(files=FILES),)))):
        content(member)
    assert len(begun) == 1


def test_a_checksum_that_does_not_hold_is_a_problem_after_the_content() -> None:
    for method in (CabMethod.STORED, CabMethod.MSZIP, CabMethod.LZX):
        (member,) = members(build_cab((CabFolder(files=FILES[:1], method=method, broken_checksum=True),)))
        assert content(member) == FILES[0].content
        (problem,) = complaints(member)
        assert (problem.kind, problem.where) == (ProblemKind.DAMAGED, "a.txt")
        assert "checksum" in problem.observed
    (member,) = members(build_cab((CabFolder(files=FILES[:1], without_checksums=True),)))
    assert complaints(member) == ()


def test_quantum_is_a_named_problem_and_hides_no_other_folder() -> None:
    data = build_cab((CabFolder(files=FILES[:2], method=CabMethod.QUANTUM), CabFolder(files=FILES[2:3])))
    assert [(p.where, p.kind, p.observed) for p in problems(data)] == [
        ("a.txt", ProblemKind.UNSUPPORTED, "Quantum"),
        ("sub/words.txt", ProblemKind.UNSUPPORTED, "Quantum"),
    ]
    assert [content(member) for member in members(data)] == [FILES[2].content]


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        (0xFFFD, "begins in cabinet one.cab"),
        (0xFFFE, "goes on in cabinet three.cab"),
        (0xFFFF, "begins in cabinet one.cab and goes on in cabinet three.cab"),
    ],
)
def test_files_of_other_cabinets_name_them(folder: int, words: str) -> None:
    first, other = CabFolder(files=(replace(FILES[0], stated_folder=folder),)), CabFolder(files=(FILES[4],))
    data = build_cab((first, other), CabLayout(previous="one.cab", next="three.cab"))
    (problem,) = problems(data)
    assert (problem.where, problem.kind) == ("a.txt", ProblemKind.UNSUPPORTED)
    assert problem.observed == f"one that {words}"
    assert [content(member) for member in members(data)] == [b"umlaut"]


def test_a_file_behind_one_that_crosses_is_not_read_from_half_a_folder() -> None:
    files = (replace(FILES[0], stated_folder=0xFFFD), FILES[4])
    data = build_cab((CabFolder(files=files), CabFolder(files=FILES[3:4])), CabLayout(previous="one.cab"))
    assert [problem.observed for problem in problems(data)] == [
        "one that begins in cabinet one.cab",
        "one that stands in a folder that begins in cabinet one.cab",
    ]
    assert [member.path for member in members(data)] == ["empty"]


def test_a_folder_that_is_not_there_and_one_that_is_too_short() -> None:
    files = (replace(FILES[0], stated_folder=7), replace(FILES[4], stated_size=99))
    data = build_cab((CabFolder(files=files),))
    assert [problem.where for problem in problems(data)] == ["a.txt"]
    (member,) = members(data)
    assert content(member) == b"umlaut"
    assert "plain bytes at" in complaints(member)[0].expected


def test_lzx_far_into_its_folder_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cab, "FARTHEST_LZX", 4999)
    data = build_cab((CabFolder(files=FILES, method=CabMethod.LZX),))
    assert {problem.kind for problem in problems(data)} == {ProblemKind.LIMIT}
    assert [member.path for member in members(data)] == ["a.txt"]
    assert problems(build_cab((CabFolder(files=FILES),))) == []


def test_a_cut_cabinet_gives_what_is_left() -> None:
    data = build_cab((CabFolder(files=FILES),))
    names = data.index(b"c.bin")
    found = listed(data[: names + 3])
    assert [entry.path for entry in found if isinstance(entry, Member)] == ["a.txt", "sub/words.txt"]
    assert [entry.where for entry in found if isinstance(entry, Problem)] == ["directory"]
    first = members(data[:-200])[2]
    assert content(first) == FILES[2].content[: len(content(first))]
    assert complaints(first)


def test_bombs_end_by_count() -> None:
    zeros = CabFile(name="zeros", content=bytes(8 << 20))
    folders = (
        CabFolder(files=(zeros, *(CabFile(name=str(n), stated_size=8 << 20, stated_start=0) for n in range(50)))),
    )
    data = build_cab(folders)
    assert len(data) < 40_000
    budget = Budget(limits=Limits(total_bytes=20 << 20))
    found = [entry for entry in listed(data, budget) if isinstance(entry, Member)]
    with pytest.raises(LimitError):
        list(map(content, found))
    assert budget.spent.bytes < 21 << 20
    few = listed(data, Budget(limits=Limits(members=4)))
    assert [isinstance(entry, Problem) for entry in few] == [False] * 4 + [True]


def test_what_is_no_cabinet_is_a_format_error() -> None:
    for data in (b"", b"MSCF", b"MSCF" + bytes(40)):
        with pytest.raises(FormatError):
            listed(data)


SMALL = (CabFile(name="a", content=b"alpha beta alpha beta " * 9), CabFile(name="b", content=bytes(range(200))))
SAMPLES = [
    build_cab((CabFolder(files=SMALL, method=CabMethod.STORED), CabFolder(files=SMALL))),
    build_cab((CabFolder(files=SMALL, method=CabMethod.LZX, call_size=99),), CabLayout(next="n", block_reserve=2)),
    build_cab((CabFolder(files=SMALL, method=CabMethod.LZX, blocks=(LzxBlock.ALIGNED,)),)),
    build_cab((CabFolder(files=SMALL, method=CabMethod.LZX, blocks=(LzxBlock.UNCOMPRESSED,)),)),
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SAMPLES), st.integers(0, 1 << 20), st.integers(0, 255), st.integers(0, 1 << 20))
def test_any_flipped_or_cut_byte_gives_members_problems_or_a_named_error(
    sample: bytes, place: int, mask: int, cut: int
) -> None:
    data = bytearray(sample)
    data[place % len(data)] ^= mask
    data = data[: len(data) - cut % len(data)] if cut % 2 else data
    try:
        for member in members(bytes(data)):
            content(member)
    except (FormatError, LimitError):
        return
