"""What crosses between cabinets comes out as one cabinet; what does not fit together is told, file by file."""

from __future__ import annotations

import io
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from unrig.drill.build.cab import CabFile, CabFolder, CabLayout, CabMethod, build_cab, packed_blocks
from unrig.drill.build.cab_set import CabSetSpec, build_cab_set
from unrig.formats import cab_set
from unrig.formats.cab_set import NO_BEGIN, NO_END, Joined
from unrig.model.budget import Budget
from unrig.model.errors import FormatError, LimitError
from unrig.model.member import Member
from unrig.unpack import cab
from unrig.unpack.streams import problems_of

WORDS = b" ".join(b"word%d" % number for number in range(20_000))
FILES = (
    CabFile(name="a.txt", content=b"alpha" * 1000),
    CabFile(name="sub\\words.txt", content=WORDS),
    CabFile(name="c.bin", content=random.Random(1).randbytes(40_001)),
    CabFile(name="d.txt", content=b"delta" * 300),
)
NAMES = ("one.cab", "two.cab", "three.cab")


def cabinets(method: CabMethod = CabMethod.MSZIP, **changes: object) -> list[bytes]:
    folder = CabFolder(files=FILES, method=method)
    total = sum(len(packed) for packed, _ in packed_blocks(folder))
    spec = replace(CabSetSpec(names=NAMES, cuts=(total // 3, total * 2 // 3)), **changes)
    return list(build_cab_set(folder, spec).values())


def joined(*data: bytes) -> Joined:
    return cab_set.join([memoryview(one) for one in data])


def members(told: Joined) -> dict[str, Member]:
    target = io.BytesIO()
    cab_set.write(told, target)
    listed = cab.members(memoryview(target.getvalue()), Budget())
    return {entry.path: entry for entry in listed if isinstance(entry, Member)}


def contents(told: Joined) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for path, member in members(told).items():
        with member.open() as stream:
            found[path] = stream.read()
            assert problems_of(stream) == ()
    return found


@pytest.mark.parametrize("method", [CabMethod.STORED, CabMethod.MSZIP, CabMethod.LZX])
def test_what_crosses_comes_back_under_the_cabinet_that_lists_it_first(method: CabMethod) -> None:
    told = joined(*cabinets(method))
    assert told.lost == ()
    assert {path.partition("/")[2] for path in contents(told)} >= {"sub/words.txt", "c.bin"}
    by_name = {file.name.replace("\\", "/"): file.content for file in FILES if isinstance(file.name, str)}
    assert all(content == by_name[path.partition("/")[2]] for path, content in contents(told).items())
    assert len({path.partition("/")[2] for path in contents(told)}) == len(contents(told)), "each file once"


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(1, 90_000), min_size=1, max_size=4),
    st.lists(st.integers(1, 200_000), min_size=1, max_size=4, unique=True),
    st.sampled_from([CabMethod.STORED, CabMethod.MSZIP]),
)
def test_wherever_a_folder_is_cut_all_of_it_comes_back(sizes: list[int], cuts: list[int], method: CabMethod) -> None:
    files = tuple(CabFile(name=str(n), content=random.Random(n).randbytes(size)) for n, size in enumerate(sizes))
    folder = CabFolder(files=files, method=method)
    total = sum(len(packed) for packed, _ in packed_blocks(folder))
    places = tuple(sorted(cut for cut in cuts if cut < total))
    names = tuple(f"{n}.cab" for n in range(len(places) + 1))
    made = list(build_cab_set(folder, CabSetSpec(names=names, cuts=places)).values())
    whole = {}
    for place, data in enumerate(made):
        for entry in cab.members(memoryview(data), Budget()):
            if isinstance(entry, Member):
                with entry.open() as stream:
                    whole[entry.path] = (place, stream.read())
    told = joined(*made)
    assert told.lost == ()
    found = {path: content for path, (_, content) in whole.items()}
    found |= {path.partition("/")[2]: content for path, content in contents(told).items()}
    assert found == {file.name: file.content for file in files}


@pytest.mark.skipif(shutil.which("cabextract") is None, reason="cabextract is not installed: make optional")
def test_another_program_reads_the_same(tmp_path: Path) -> None:
    folder = CabFolder(files=(FILES[0], CabFile(name="words.txt", content=WORDS)))
    total = sum(len(packed) for packed, _ in packed_blocks(folder))
    made = build_cab_set(folder, CabSetSpec(names=NAMES, cuts=(total // 3, total * 2 // 3)))
    for name, data in made.items():
        (tmp_path / name).write_bytes(data)
    subprocess.run(["cabextract", "-q", "-d", tmp_path, tmp_path / "one.cab"], check=True, capture_output=True)
    assert contents(joined(*made.values())) == {"0/words.txt": (tmp_path / "words.txt").read_bytes()}


def test_a_part_whose_checksum_does_not_hold_is_said_and_read() -> None:
    member = next(iter(members(joined(*cabinets(broken_part=True))).values()))
    with member.open() as stream:
        stream.read()
        assert "checksum" in problems_of(stream)[0].observed


def test_a_cabinet_that_is_not_there() -> None:
    one, two, three = cabinets()
    assert {lost.why for lost in joined(two, three).lost} == {NO_BEGIN}
    assert {lost.why for lost in joined(one, two).lost} == {
        "one whose folder cannot be put together: last block: its end in the last cabinet, none"
    }
    assert {lost.why for lost in joined(one).lost} == {NO_END}
    assert {lost.why for lost in joined(three).lost} == {NO_BEGIN}


def test_neighbours_that_say_nothing_of_each_other() -> None:
    one, _, _ = cabinets()
    alone = build_cab((CabFolder(files=FILES),), CabLayout(previous="one.cab"))
    told = joined(one, alone)
    assert ({lost.why for lost in told.lost}, told.files) == ({NO_END}, ())


def test_parts_that_are_packed_differently() -> None:
    told = joined(cabinets()[0], *cabinets(CabMethod.STORED)[1:])
    assert told.files == ()
    assert all("packed differently: 0x0000, 0x0001" in lost.why for lost in told.lost)


def test_a_folder_that_is_none_is_left_to_the_cabinet_itself() -> None:
    files = (replace(FILES[0], stated_folder=0xFFFD), replace(FILES[3], stated_folder=9))
    told = joined(build_cab((CabFolder(files=files),), CabLayout(previous="one.cab")))
    assert [(lost.file.name, lost.why) for lost in told.lost] == [(b"a.txt", NO_BEGIN)]


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2), st.integers(0, 1 << 20), st.integers(1, 255))
def test_any_flipped_byte_gives_files_losses_or_a_named_error(which: int, place: int, mask: int) -> None:
    made = [bytearray(one) for one in SAMPLE]
    made[which][place % len(made[which])] ^= mask
    try:
        for member in members(joined(*map(bytes, made))).values():
            with member.open() as stream:
                stream.read()
    except (FormatError, LimitError):
        return


SAMPLE = list(
    build_cab_set(
        CabFolder(files=(CabFile(name="a", content=b"alpha beta " * 400), CabFile(name="b", content=bytes(500)))),
        CabSetSpec(names=NAMES, cuts=(20, 40)),
    ).values()
)
