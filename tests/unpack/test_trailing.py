"""What stands behind programs for Linux and behind scripts: AppImages, self-extracting installers."""

from __future__ import annotations

import gzip
import struct
import zlib

import pytest

from unrig.drill.build.zip import ZipEntry, build_zip
from unrig.formats.pe_bundles import BUNDLE
from unrig.formats.sniff import sniff
from unrig.model.budget import Budget, Limits
from unrig.model.errors import FormatError
from unrig.model.member import Member
from unrig.model.problem import Problem, ProblemKind
from unrig.unpack.trailing import CONTAINER

ELF = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHI3QI6H", 2, 62, 1, 0, 0, 0, 0, 64, 56, 0, 64, 0, 0)
SCRIPT = b"#!/bin/sh\ntail -n +4 $0 | tar xz\nexit 0\n"
ZIP = build_zip((ZipEntry(name="in.txt", content=b"inner"),))
GZIP = gzip.compress(bytes(range(256)), mtime=0)
SQUASHFS = struct.pack("<4s8xI6xHHHH", b"hsqs", 1 << 17, 17, 0, 1, 4).ljust(200, b"\1")


def listed(data: bytes, budget: Budget | None = None) -> list[Member | Problem]:
    return list(CONTAINER.members(memoryview(data), budget or Budget()))


def contents(data: bytes) -> dict[str, bytes]:
    return {one.path: one.open().read() for one in listed(data) if isinstance(one, Member)}


@pytest.mark.parametrize("inner", [ZIP, SQUASHFS, GZIP], ids=["zip", "squashfs", "gzip"])
def test_an_archive_behind_a_program(inner: bytes) -> None:
    assert sniff(memoryview(ELF + inner)) in CONTAINER.formats
    assert contents(ELF + inner) == {"overlay": inner}
    assert [one.offset for one in listed(ELF + inner) if isinstance(one, Member)] == [64]


@pytest.mark.parametrize("inner", [ZIP, GZIP], ids=["zip", "gzip"])
def test_an_archive_behind_a_script_and_the_script(inner: bytes) -> None:
    assert contents(SCRIPT + inner) == {"overlay": inner, "script": SCRIPT}


@pytest.mark.parametrize("rest", [b"", b"\n", b"text" * 100, bytes(500), ZIP[:40]])
def test_bytes_that_are_no_file_are_no_member(rest: bytes) -> None:
    assert listed(ELF + rest) == []


def test_the_budget_ends_a_listing() -> None:
    first, last = listed(SCRIPT + GZIP, Budget(limits=Limits(members=1)))
    assert isinstance(first, Member)
    assert isinstance(last, Problem)
    assert last.kind is ProblemKind.LIMIT


def test_neither_program_nor_script() -> None:
    with pytest.raises(FormatError):
        listed(b"MZ" + bytes(100))


def bundled(files: dict[str, bytes], version: int = 6) -> bytes:
    """Return an ELF of .NET's with its files behind it."""
    body, rows = b"", b""
    for name, plain in files.items():
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = packer.compress(plain) + packer.flush()
        rows += struct.pack("<qqqB", 104 + len(body), len(plain), len(packed), 1) + bytes([len(name)]) + name.encode()
        body += packed
    head = struct.pack("<IIi", version, 0, len(files)) + b"\5drill" + bytes(40)
    return ELF + struct.pack("<q", 104 + len(body)) + BUNDLE + body + head + rows


def test_the_files_of_a_dotnet_bundle() -> None:
    files = {"app.dll": b"one " * 999, "lib/b.dll": b"two"}
    assert contents(bundled(files)) == {f"bundle/{name}": plain for name, plain in files.items()}


def test_a_manifest_of_another_version_is_a_problem() -> None:
    [problem] = listed(bundled({"a": b"x"}, version=7))
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.DAMAGED
