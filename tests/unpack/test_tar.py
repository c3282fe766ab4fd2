"""Members of tars and of compressed files."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.model.budget import Budget, Limits
from unrig.model.errors import FormatError, LimitError
from unrig.model.member import Member
from unrig.model.problem import Problem, ProblemKind
from unrig.unpack import compressed, tar
from unrig.unpack.streams import problems_of

Unit = Callable[[memoryview, Budget], object]


def build(files: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=form) as archive:
        for name, plain in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(plain)
            archive.addfile(info, io.BytesIO(plain))
    return target.getvalue()


def listed(data: bytes, budget: Budget | None = None) -> list[Member | Problem]:
    return list(tar.members(memoryview(data), budget or Budget()))


def content(entry: Member | Problem) -> bytes:
    assert isinstance(entry, Member)
    with entry.open() as stream:
        return stream.read()


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.text("abc/ü ", min_size=1, max_size=200).map(lambda t: t.strip("/ ") or "x"), st.binary(max_size=700)
    ),
    st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]),
)
def test_pack_then_unpack_is_the_identity(files: dict[str, bytes], form: int) -> None:
    found = listed(build(files, form))
    assert [content(entry) for entry in found] == list(files.values())
    assert [entry.path for entry in found if isinstance(entry, Member)] == list(files)


def special(kind: bytes, link: str = "") -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        info = tarfile.TarInfo("it")
        info.type, info.linkname = kind, link
        archive.addfile(info)
    return target.getvalue()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (tarfile.SYMTYPE, "symlink"),
        (tarfile.LNKTYPE, "symlink"),
        (tarfile.DIRTYPE, "folder"),
        (tarfile.FIFOTYPE, "device"),
        (tarfile.BLKTYPE, "device"),
    ],
)
def test_what_is_no_file_is_listed_as_what_it_is(kind: bytes, expected: str) -> None:
    (entry,) = listed(special(kind, "../../etc/passwd"))
    assert isinstance(entry, Member)
    assert entry.kind == expected
    assert content(entry) == (b"../../etc/passwd" if expected == "symlink" else b"")


def test_a_sparse_member_is_delivered_as_stored_and_said_to_be() -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        info = tarfile.TarInfo("s")
        info.size, info.pax_headers = 4, {"GNU.sparse.major": "1", "GNU.sparse.name": "real"}
        archive.addfile(info, io.BytesIO(b"data"))
    member, problem = listed(target.getvalue())
    assert content(member) == b"data"
    assert isinstance(problem, Problem)
    assert (problem.where, problem.kind) == ("real", ProblemKind.UNSUPPORTED)


def test_a_truncated_tar_gives_what_there_is_and_says_so() -> None:
    data = build({"a": b"x" * 600, "b": b"y" * 5000})
    member, cut, problem = listed(data[:3000])
    assert content(member) == b"x" * 600
    assert isinstance(cut, Member)
    with cut.open() as stream:
        assert set(stream.read()) == set(b"y")
        assert problems_of(stream)
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.DAMAGED


def test_a_broken_header_hides_no_member_before_it() -> None:
    data = bytearray(build({"a": b"x", "b": b"y"}, tarfile.GNU_FORMAT))
    data[1024] ^= 1
    member, problem = listed(bytes(data))
    assert content(member) == b"x"
    assert isinstance(problem, Problem)


def test_too_many_members_end_in_a_named_problem() -> None:
    *found, problem = listed(build({str(number): b"" for number in range(9)}), Budget(limits=Limits(members=3)))
    assert len(found) == 3
    assert isinstance(problem, Problem)
    assert (problem.kind, problem.where) == (ProblemKind.LIMIT, "3")


def test_an_empty_file_is_a_format_error() -> None:
    for unit in (tar, compressed):
        with pytest.raises(FormatError):
            list(unit.members(memoryview(b""), Budget()))


@pytest.mark.parametrize("compress", [bz2.compress, gzip.compress, lzma.compress])
def test_a_compressed_file_is_a_container_of_one(compress: Callable[[bytes], bytes]) -> None:
    plain = build({"package/index.js": b"x" * 100_000})
    (member,) = compressed.members(memoryview(compress(plain)), Budget())
    assert isinstance(member, Member)
    assert member.path == "content"
    assert content(member) == plain


@pytest.mark.parametrize("compress", [bz2.compress, gzip.compress, lzma.compress])
def test_bytes_behind_a_compressed_file_are_a_problem_zeros_are_not(compress: Callable[[bytes], bytes]) -> None:
    for tail, expected in ((b"hidden", 1), (bytes(512), 0)):
        (member,) = compressed.members(memoryview(compress(b"plain") + tail), Budget())
        assert isinstance(member, Member)
        with member.open() as stream:
            assert stream.read() == b"plain"
            assert len(problems_of(stream)) == expected


def test_a_gzip_bomb_ends_at_the_budget() -> None:
    (member,) = compressed.members(
        memoryview(gzip.compress(bytes(4 << 20))), Budget(limits=Limits(total_bytes=1 << 20))
    )
    with pytest.raises(LimitError):
        content(member)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 1 << 20), st.integers(1, 255), st.sampled_from([bytes, bz2.compress, gzip.compress, lzma.compress])
)
def test_any_flipped_byte_gives_content_problems_or_a_named_error(
    place: int, mask: int, form: Callable[[bytes], bytes]
) -> None:
    data = bytearray(form(build({"a": b"x" * 100, "b" * 150: b"y"})))
    data[place % len(data)] ^= mask
    unit = tar if form is bytes else compressed
    try:
        for entry in unit.members(memoryview(bytes(data)), Budget()):
            if isinstance(entry, Member):
                content(entry)
    except (FormatError, LimitError):
        return
