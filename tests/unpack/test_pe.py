"""What programs carry: archives behind them and in their resources, bundles, and nothing by a marker text."""

from __future__ import annotations

import hashlib
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inno_kit import inno_setup

from unrig.drill.build.cab import CabFile, CabFolder, build_cab
from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec, ResourceSpec
from unrig.drill.build.zip import ZipEntry, build_zip
from unrig.formats import pe_bundles
from unrig.formats.pe import read_header
from unrig.formats.pe_map import image
from unrig.formats.pe_resources import read_resources
from unrig.model.budget import Budget, Limits
from unrig.model.errors import FormatError
from unrig.model.member import Member
from unrig.model.problem import Problem, ProblemKind
from unrig.sandbox.pool import Pool
from unrig.store.fact_cache import open_cache
from unrig.unpack.pe import CONTAINER
from unrig.unpack.streams import problems_of
from unrig.vet.preload import PRELOAD
from unrig.vet.walk import walk

ZIP = build_zip((ZipEntry(name="in.txt", content=b"inner"),))
CAB = build_cab((CabFolder(files=(CabFile(name="a", content=b"one"),)),))
PROGRAM = build_pe(PeSpec(), 1)


def listed(data: bytes, budget: Budget | None = None) -> list[Member | Problem]:
    return list(CONTAINER.members(memoryview(data), budget or Budget()))


def contents(data: bytes) -> dict[str, bytes]:
    return {one.path: one.open().read() for one in listed(data) if isinstance(one, Member)}


def with_resource(kind: int | str, name: int | str, content: bytes) -> bytes:
    """Return a program whose one resource holds this content, in the place of inert bytes."""
    data = build_pe(PeSpec(resources=(ResourceSpec(type=kind, name=name, language=0, size=len(content)),)), 1)
    view = memoryview(data)
    [found] = read_resources(image(view, read_header(view))).resources
    return data[: found.offset] + content + data[found.offset + found.size :]


def test_a_program_carries_nothing() -> None:
    assert listed(PROGRAM) == []
    assert listed(PROGRAM + b"Nullsoft Inno Setup .wixburn " * 20) == []


@pytest.mark.parametrize("inner", [ZIP, CAB, PROGRAM])
def test_a_file_behind_the_sections_is_the_overlay(inner: bytes) -> None:
    assert contents(PROGRAM + inner) == {"overlay": inner}


def test_an_archive_behind_settings_of_7_zip() -> None:
    body = struct.pack("<QQI", 0, 0, 0)
    archive = b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(body)) + body + bytes(60)
    settings_text = b";!@Install@!UTF-8!\nTitle=drill\n;!@InstallEnd@!\n"
    assert contents(PROGRAM + settings_text + archive) == {"overlay": archive}


def test_a_resource_of_its_own_type_is_a_member() -> None:
    assert contents(with_resource("DATA", 131, ZIP)).keys() == {"resource/DATA/#131"}
    assert contents(with_resource(10, "A/B", CAB)).keys() == {"resource/RT_RCDATA/A%2FB"}


def test_an_icon_is_no_file_whatever_it_holds() -> None:
    assert listed(with_resource(3, 1, ZIP)) == []


def test_inno_setup_is_told_by_its_table_and_not_opened() -> None:
    damage, problem = listed(with_resource(10, 11111, b"rDlPtS\xcd\xe6\xd7\x7b\x0b\x2a".ljust(64, b"\1")))
    assert isinstance(damage, Problem)
    assert isinstance(problem, Problem)
    assert damage.kind is ProblemKind.DAMAGED
    assert (problem.kind, problem.observed) == (
        ProblemKind.UNSUPPORTED,
        "Inno Setup's (of an unknown version), in files beside it",
    )
    assert listed(with_resource(10, 11112, b"rDlPtS\xcd\xe6\xd7\x7b\x0b\x2a".ljust(64, b"\1"))) == []


def test_the_header_of_inno_setup_is_opened_and_its_files_are_said() -> None:
    texts = "https://updates.invalid {app}\\phone.exe".encode("utf-16-le") * 300
    data = inno_setup({"header": texts, "places": bytes(74)})
    assert contents(data) == {"inno/header": texts, "inno/places": bytes(74)}
    [line] = said(data)
    assert line.startswith("unsupported: data that unrig opens, Inno Setup's 5.5.7, ")


def dotnet(files: dict[str, bytes], *, lie: int = 0, version: int = 2, size_lie: int = 0, count: int = -1) -> bytes:
    """Return a program with a .NET bundle behind it; one of version 6 has its files deflated."""
    marker = bytes(8) + pe_bundles.BUNDLE
    body, rows, at = b"", b"", len(PROGRAM) + len(marker)
    for name, plain in files.items():
        held = deflated(plain) if version >= 6 else plain
        packed = struct.pack("<q", len(held)) if version >= 6 else b""
        rows += (
            struct.pack("<qq", lie or at + len(body), len(plain) + size_lie)
            + packed
            + bytes([1, len(name)])
            + name.encode()
        )
        body += held
    settings = bytes(40) if version >= 2 else b""
    head = struct.pack("<IIi", version, 0, len(files) if count < 0 else count) + b"\x05drill" + settings
    return PROGRAM + struct.pack("<q", at + len(body)) + marker[8:] + body + head + rows


def deflated(plain: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(plain) + packer.flush()


def said(data: bytes) -> list[str]:
    return [f"{one.kind.value}: {one.expected}, {one.observed}" for one in listed(data) if isinstance(one, Problem)]


@pytest.mark.parametrize("version", [1, 2, 6])
def test_the_files_of_a_dotnet_bundle(version: int) -> None:
    assert hashlib.sha256(b".net core bundle\n").digest() == pe_bundles.BUNDLE
    data = dotnet({"app.dll": b"one " * 5000, "lib/b.dll": b"two"}, version=version)
    assert contents(data) == {"bundle/app.dll": b"one " * 5000, "bundle/lib/b.dll": b"two"}
    assert said(data) == []


def test_a_host_that_is_no_bundle_has_nothing_to_say() -> None:
    assert listed(PROGRAM + bytes(8) + pe_bundles.BUNDLE + b"more") == []


def test_a_bundle_that_points_outside_gives_nothing_and_says_so() -> None:
    data = dotnet({"app.dll": b"one"}, lie=1 << 40)
    assert contents(data) == {}
    assert said(data) == ["damaged: manifest: files inside the program, 1 outside of it"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (dotnet({"a": b"one"}, version=9), "damaged: manifest: version 1, 2 or 6 and at most 4,096 files, 9, 1"),
        (dotnet({"a": b"one"}, count=5000), "damaged: manifest: version 1, 2 or 6 and at most 4,096 files, 2, 5000"),
        (dotnet({"a": b"one"})[:-9], "damaged: manifest: "),
        (dotnet({"a": b"one"}, count=2), "damaged: manifest: "),
    ],
)
def test_a_manifest_that_lies_or_ends_is_a_problem(data: bytes, problem: str) -> None:
    [line] = said(data)
    assert line.startswith(problem)


def test_a_deflated_file_of_another_length_is_delivered_with_a_problem() -> None:
    data = dotnet({"a": b"one " * 100}, version=6, size_lie=7)
    [member] = [one for one in listed(data) if isinstance(one, Member)]
    with member.open() as stream:
        assert stream.read() == b"one " * 100
        [problem] = problems_of(stream)
    assert problem.expected.startswith("content: 407 bytes from")


def burn(*containers: bytes, count: int | None = None) -> bytes:
    data = bytearray(build_pe(PeSpec(), 1))
    view = memoryview(bytes(data))
    section = read_header(view).sections[0]
    row = struct.pack(
        "<II16s6I", 0x00F14300, 2, bytes(16), len(data), 0, 0, 0, 1, len(containers) if count is None else count
    )
    row += b"".join(struct.pack("<I", len(one)) for one in containers)
    data[section.raw_offset : section.raw_offset + len(row)] = row
    name = data.index(section.name.encode())
    data[name : name + 8] = b".wixburn"
    return bytes(data) + b"".join(containers)


def test_the_containers_of_a_wix_bundle_are_found_by_its_section() -> None:
    assert contents(burn(CAB, CAB + b"x" * 9)) == {"burn/0": CAB, "burn/1": CAB + b"x" * 9}


def test_a_section_that_counts_too_many_is_an_overlay_like_any() -> None:
    assert contents(burn(CAB, count=1 << 30)).keys() == {"overlay"}


def test_the_budget_ends_a_listing() -> None:
    [only] = listed(PROGRAM + ZIP, Budget(limits=Limits(members=0)))
    assert isinstance(only, Problem)
    assert only.kind is ProblemKind.LIMIT


@settings(deadline=None, max_examples=50)
@given(at=st.integers(0, 60_000), bit=st.integers(0, 7), which=st.integers(0, 2))
def test_a_flipped_bit_is_a_listing_or_a_format_error(at: int, bit: int, which: int) -> None:
    data = bytearray((burn(CAB), dotnet({"a": b"one"}), PROGRAM + ZIP)[which])
    data[at % len(data)] ^= 1 << bit
    try:
        contents(bytes(data))
    except FormatError:
        return


def test_a_walk_goes_through_a_program_and_reads_it_too(tmp_path: Path) -> None:
    (tmp_path / "setup.exe").write_bytes(PROGRAM + ZIP)
    with Pool(PRELOAD, jobs=1) as pool, open_cache(tmp_path / "cache") as cache:
        walked = walk(tmp_path / "setup.exe", cache=cache, pool=pool)
    leaves = {leaf.path: leaf for leaf in walked.leaves}
    assert leaves.keys() == {"setup.exe", "setup.exe!/overlay", "setup.exe!/overlay!/in.txt"}
    assert {fact.reader for fact in leaves["setup.exe"].facts} >= {"pe", "signature", "strings"}
    assert walked.problems == ()
