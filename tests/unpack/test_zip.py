"""Members of zips: their content, and a problem for each that has none."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build import zip_hostile
from unrig.drill.build.zip import Method, ZipEntry, ZipLayout, build_zip
from unrig.model.budget import Budget, Limits
from unrig.model.errors import FormatError, LimitError
from unrig.model.member import Member
from unrig.model.problem import Problem, ProblemKind
from unrig.unpack import zip as unzip
from unrig.unpack.streams import problems_of

CONTENTS = {"a.txt": b"alpha" * 1000, "b/c.bin": random.Random(1).randbytes(700_000), "empty": b"", "ü": b"umlaut"}


def listed(data: bytes, budget: Budget | None = None) -> list[Member | Problem]:
    return list(unzip.members(memoryview(data), budget or Budget()))


def members(data: bytes) -> list[Member]:
    return [entry for entry in listed(data) if isinstance(entry, Member)]


def problems(data: bytes) -> list[Problem]:
    return [entry for entry in listed(data) if isinstance(entry, Problem)]


def content(member: Member) -> bytes:
    with member.open() as stream:
        return stream.read()


METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


@pytest.mark.parametrize("method", METHODS)
def test_what_zipfile_writes_comes_back(method: int) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, plain in CONTENTS.items():
            archive.writestr(name, plain)
    found = {}
    for member in members(target.getvalue()):
        with member.open() as stream:
            found[member.path] = stream.read()
            assert problems_of(stream) == ()
    assert found == CONTENTS


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.binary(min_size=1, max_size=20), st.binary(max_size=300)), max_size=8),
    st.sampled_from(Method),
    st.booleans(),
    st.booleans(),
    st.integers(0, 50),
)
def test_pack_then_unpack_is_the_identity(
    files: list[tuple[bytes, bytes]], method: Method, descriptor: bool, zip64: bool, prefix: int
) -> None:
    entries = tuple(
        ZipEntry(name=name.replace(b"/", b"_"), content=plain, method=method, descriptor=descriptor, zip64=zip64)
        for name, plain in files
    )
    data = build_zip(entries, ZipLayout(prefix=prefix, zip64=zip64))
    assert [content(member) for member in members(data)] == [plain for _, plain in files]
    assert problems(data) == []


def test_reading_in_pieces_gives_the_same_bytes() -> None:
    member = members(build_zip((ZipEntry(name="b", content=CONTENTS["b/c.bin"]),)))[0]
    with member.open() as stream:
        pieces = list(iter(lambda: stream.read(1000), b""))
    assert b"".join(pieces) == CONTENTS["b/c.bin"]
    assert max(map(len, pieces)) <= 1000
    with member.open() as stream:
        assert io.BufferedReader(stream).read() == CONTENTS["b/c.bin"]  # type: ignore[arg-type]


def test_a_member_can_be_opened_again_and_out_of_order() -> None:
    found = members(build_zip(tuple(ZipEntry(name=name, content=plain) for name, plain in CONTENTS.items())))
    assert [content(member) for member in reversed(found)] == list(CONTENTS.values())[::-1]
    assert content(found[0]) == CONTENTS["a.txt"]


@pytest.mark.parametrize(
    "entry",
    [ZipEntry(name="x", content=b"content", stated_crc=1), ZipEntry(name="x", content=b"content", stated_size=3)],
)
def test_a_checksum_or_size_that_lies_is_a_problem_after_the_content(entry: ZipEntry) -> None:
    with members(build_zip((entry,)))[0].open() as stream:
        assert stream.read() == b"content"
        (problem,) = problems_of(stream)
    assert problem.kind is ProblemKind.DAMAGED
    assert problem.where == "x"


def test_a_broken_stream_gives_what_came_before() -> None:
    data = bytearray(build_zip((ZipEntry(name="x", content=CONTENTS["b/c.bin"]),)))
    data[600_000:600_100] = b"\xff" * 100
    with members(bytes(data))[0].open() as stream:
        found = stream.read()
        assert problems_of(stream)
    assert found
    assert CONTENTS["b/c.bin"][: len(found) // 2] == found[: len(found) // 2]


def test_bytes_after_the_deflate_stream_are_a_problem() -> None:
    data = build_zip((ZipEntry(name="x", content=b"content"),))
    end = data.index(b"PK\1\2")
    longer = bytearray(data[:end] + b"hidden" + data[end:])
    packed = struct.unpack_from("<I", data, 18)[0] + 6
    for at in (18, longer.index(b"PK\1\2") + 20):
        longer[at : at + 4] = struct.pack("<I", packed)
    offset = longer.rindex(b"PK\5\6") + 16
    longer[offset : offset + 4] = struct.pack("<I", end + 6)
    with members(bytes(longer))[0].open() as stream:
        assert stream.read() == b"content"
        assert "6 bytes after it" in problems_of(stream)[0].observed


def test_encrypted_members_are_named_problems_and_hide_no_other() -> None:
    data = build_zip((ZipEntry(name="secret", content=b"s", encrypted=True), ZipEntry(name="open", content=b"o")))
    (problem,) = problems(data)
    assert (problem.where, problem.kind) == ("secret", ProblemKind.UNSUPPORTED)
    assert [member.path for member in members(data)] == ["open"]


@pytest.mark.parametrize(("method", "name"), [(9, "Deflate64"), (98, "PPMd"), (77, "unknown")])
def test_methods_that_are_not_read_are_named(method: int, name: str) -> None:
    data = build_zip((ZipEntry(name="x", content=b"content"),))
    for at in (8, data.index(b"PK\1\2") + 10):
        data = data[:at] + struct.pack("<H", method) + data[at + 2 :]
    (problem,) = problems(data)
    assert problem.observed == f"method {method} ({name})"


def test_a_member_without_a_local_header_is_a_problem() -> None:
    data = bytearray(build_zip((ZipEntry(name="x", content=b"content"), ZipEntry(name="y", content=b"other"))))
    data[0:4] = b"gone"
    assert [problem.where for problem in problems(bytes(data))] == ["x"]
    assert [content(member) for member in members(bytes(data))] == [b"other"]


def test_a_truncated_zip_gives_its_members_and_a_problem() -> None:
    data = build_zip(tuple(ZipEntry(name=name, content=plain) for name, plain in CONTENTS.items()))
    cut = data[: data.rindex(b"PK\1\2")]
    assert [content(member) for member in members(cut)] == list(CONTENTS.values())
    assert [problem.where for problem in problems(cut)] == ["central directory"]


def test_an_empty_file_is_a_format_error() -> None:
    with pytest.raises(FormatError):
        listed(b"")


def test_duplicates_are_both_delivered() -> None:
    data = build_zip((ZipEntry(name="x", content=b"one"), ZipEntry(name="x", content=b"two")))
    assert [(member.path, content(member)) for member in members(data)] == [("x", b"one"), ("x", b"two")]


def test_hostile_names_are_labels_and_all_delivered() -> None:
    found = members(zip_hostile.hostile_names())
    assert len(found) == len(zip_hostile.HOSTILE_NAMES)
    assert {"../above.txt", "label%21/inner.txt", "line%0Abreak.txt", "latin-%E9.txt"} <= {m.path for m in found}


def test_links_give_their_target_and_are_no_files() -> None:
    up = members(zip_hostile.hostile_links())[0]
    assert (up.kind, content(up)) == ("symlink", b"../../etc/passwd")


def test_overlapping_members_are_problems_and_still_delivered() -> None:
    data = zip_hostile.overlapping_bomb(20, 5000)
    assert len(members(data)) == 20
    assert len(problems(data)) == 20
    assert all(content(member) == bytes(5000) for member in members(data))


def test_an_overlapping_bomb_ends_at_the_total() -> None:
    budget = Budget(limits=Limits(total_bytes=1 << 20))
    opened = [m for m in listed(zip_hostile.overlapping_bomb(1000, 100_000), budget) if isinstance(m, Member)]
    with pytest.raises(LimitError):
        list(map(content, opened))
    assert budget.spent.bytes < 2 << 20


def test_a_flat_bomb_ends_at_the_members_limit_and_not_by_its_ratio() -> None:
    data = build_zip((ZipEntry(name="zeros", content=bytes(8 << 20)),))
    assert len(data) < 20_000
    assert len(content(members(data)[0])) == 8 << 20
    small = Budget(limits=Limits(member_bytes=1 << 20))
    (member,) = (m for m in listed(data, small) if isinstance(m, Member))
    with pytest.raises(LimitError, match="zeros"):
        content(member)
    assert small.spent.bytes <= (1 << 20) + (1 << 18)


def test_a_size_that_lies_does_not_fool_the_budget() -> None:
    data = build_zip((ZipEntry(name="zeros", content=bytes(4 << 20), stated_size=1),))
    (member,) = (m for m in listed(data, Budget(limits=Limits(member_bytes=1 << 20))) if isinstance(m, Member))
    with pytest.raises(LimitError):
        content(member)


def test_too_many_members_end_in_a_named_problem() -> None:
    data = build_zip(tuple(ZipEntry(name=str(number)) for number in range(10)))
    found = listed(data, Budget(limits=Limits(members=4)))
    assert [entry.path for entry in found if isinstance(entry, Member)] == ["0", "1", "2", "3"]
    (problem,) = (entry for entry in found if isinstance(entry, Problem))
    assert (problem.kind, problem.where) == (ProblemKind.LIMIT, "4")


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 1 << 20), st.integers(1, 255), st.booleans())
def test_any_flipped_byte_gives_members_problems_or_a_named_error(place: int, mask: int, lzma: bool) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA if lzma else zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"alpha" * 100)
        archive.writestr("b", b"beta")
    data = bytearray(target.getvalue())
    data[place % len(data)] ^= mask
    try:
        for member in members(bytes(data)):
            content(member)
    except (FormatError, LimitError):
        return


def test_a_member_packed_with_zstd_comes_back() -> None:
    plain = b"inert line\n" * 9_000
    entry = ZipEntry(
        name="x",
        content=zstandard.compress(plain),
        method=Method.STORED,
        stated_size=len(plain),
        stated_crc=zlib.crc32(plain),
    )
    data = build_zip((entry,))
    for at in (8, data.index(b"PK\1\2") + 10):
        data = data[:at] + struct.pack("<H", 93) + data[at + 2 :]
    (member,) = members(data)
    assert content(member) == plain
