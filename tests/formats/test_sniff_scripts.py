"""Archives behind the last line of a script, and scripts that only speak of some."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.drill.build.zip import ZipEntry, build_zip
from unrig.formats.sniff_scripts import MOST, archive_start, is_script_with_archive

SCRIPT = b"#!/bin/sh\nskip=5\ntail -n +$skip $0 | tar xz\nexit 0\n"


def tarball() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        info = tarfile.TarInfo("a")
        info.size = 3
        archive.addfile(info, io.BytesIO(b"abc"))
    return out.getvalue()


ARCHIVES = {
    "gzip": gzip.compress(tarball()),
    "bzip2": bz2.compress(b"content" * 10),
    "xz": lzma.compress(b"content"),
    "zstd": b"\x28\xb5\x2f\xfd\x20\x03\x19\0\0abc\0\0\0",
    "zip": build_zip((ZipEntry(name="a", content=b"x"),)),
    "tar": tarball(),
    "elf": b"\x7fELF\x02\x01\x01" + bytes(60),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_the_archive_begins_behind_the_last_line(name: str) -> None:
    data = memoryview(SCRIPT + ARCHIVES[name])
    assert archive_start(data) == len(SCRIPT)
    assert is_script_with_archive(data)


@pytest.mark.parametrize(
    "data",
    [
        SCRIPT,
        b"",
        b"#!",
        SCRIPT.replace(b"#!", b"##") + ARCHIVES["gzip"],
        SCRIPT[:-1] + ARCHIVES["gzip"],
        SCRIPT + b"\x1f\x8b\x08\xff" + bytes(40),
        SCRIPT + b"echo ustar\n" * 50,
    ],
    ids=["alone", "nothing", "a line's start", "no script", "no line", "flags that are reserved", "words"],
)
def test_no_archive(data: bytes) -> None:
    assert archive_start(memoryview(data)) == -1


def test_what_a_script_quotes_does_not_hide_the_archive() -> None:
    quoted = SCRIPT + b"cat <<END\n\x1f\x8b\x08\xff\nEND\n"
    assert archive_start(memoryview(quoted + ARCHIVES["xz"])) == len(quoted)


def test_only_so_many_places_are_looked_at() -> None:
    quoted = SCRIPT + b"\x1f\x8b\x08\xff\n" * MOST
    assert archive_start(memoryview(quoted + ARCHIVES["xz"])) == -1


@given(st.binary(max_size=400))
def test_any_bytes_behind_a_script_end_somewhere(rest: bytes) -> None:
    assert -1 <= archive_start(memoryview(SCRIPT + rest)) <= len(SCRIPT) + len(rest)
