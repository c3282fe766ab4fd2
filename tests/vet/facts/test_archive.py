"""Facts of archives: bytes that are no member, and descriptions that disagree."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build import zip_hostile
from unrig.drill.build.asar import AsarFile, AsarLayout, build_asar
from unrig.drill.build.cab import CabFile, CabFolder, CabLayout, build_cab
from unrig.drill.build.payload import Kind, PayloadSpec, payload
from unrig.drill.build.zip import ZipEntry, ZipLayout, build_zip
from unrig.formats import compressed_stream
from unrig.formats.sniff import sniff
from unrig.model.archive import ArchiveFacts
from unrig.model.errors import FormatError, LimitError
from unrig.model.signature import Nature
from unrig.vet.facts.archive import EXTRACTOR, extract

ENTRIES = (ZipEntry(name="a", content=b"alpha" * 50), ZipEntry(name="b", content=b"beta"))


def facts(data: bytes) -> ArchiveFacts:
    return extract(memoryview(data))


def tar(**files: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, plain in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(plain)
            archive.addfile(info, io.BytesIO(plain))
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (build_zip(ENTRIES), ArchiveFacts(format="zip", members=2)),
        (tar(a=b"x", b=b"y"), ArchiveFacts(format="tar", members=2)),
        (gzip.compress(b"x", mtime=0), ArchiveFacts(format="gzip", members=1)),
        (build_asar((AsarFile(path="a", content=b"x"),)), ArchiveFacts(format="asar", members=1)),
        (build_cab((CabFolder(files=(CabFile(name="a", content=b"x"),)),)), ArchiveFacts(format="cab", members=1)),
        (bz2.compress(b"x"), ArchiveFacts(format="bzip2", members=1)),
        (lzma.compress(b"x"), ArchiveFacts(format="xz", members=1)),
    ],
)
def test_a_well_formed_archive_holds_nothing_besides_its_members(data: bytes, expected: ArchiveFacts) -> None:
    assert facts(data) == expected
    assert expected.format in EXTRACTOR.formats
    assert sniff(memoryview(data)) == expected.format


def test_bytes_around_and_between_members_are_measured() -> None:
    entries = (ENTRIES[0], ZipEntry(name="b", content=b"beta", gap=300))
    data = build_zip(entries, ZipLayout(prefix=400, before_directory=500, trailing=600))
    found = facts(data)
    assert found.prefix is not None
    assert found.trailing is not None
    assert found.prefix.span.length == 400
    assert [gap.span.length for gap in found.gaps] == [300, 500]
    assert found.trailing.span.length == 600
    assert data[found.trailing.span.offset :].hex().startswith(found.trailing.span.window)
    assert found.trailing.nonzero > 500


def test_a_comment_is_text_or_a_gap() -> None:
    said = facts(build_zip(ENTRIES, ZipLayout(comment=b"built by release.yml")))
    assert (said.comment, said.gaps) == ("built by release.yml", ())
    hidden = facts(build_zip(ENTRIES, ZipLayout(comment=payload(3, 2000)[-1000:])))
    assert [(gap.span.length, gap.nature) for gap in hidden.gaps] == [(1000, Nature.RANDOM)]


def test_duplicates_and_mismatches_are_named() -> None:
    entries = (*ENTRIES, ZipEntry(name="a", content=b"other"), ZipEntry(name="c", content=b"c", local_name="d"))
    found = facts(build_zip(entries))
    assert found.duplicates == ("a",)
    assert found.mismatches == ("c: name: d, c",)


def test_overlaps_and_a_lost_directory_are_mismatches() -> None:
    assert (
        "0001.bin: overlap: shares bytes with another structure"
        in facts(zip_hostile.overlapping_bomb(3, 100)).mismatches
    )
    data = build_zip(ENTRIES)
    assert facts(data[: data.rindex(b"PK\1\2")]).mismatches[0].startswith("central directory: none")


def test_links_out_of_the_folder_are_named() -> None:
    found = facts(zip_hostile.hostile_links()).mismatches
    assert found == ("up: link hazard: points at ../../etc/passwd", "root: link hazard: points at /etc/passwd")


def test_bytes_after_the_end_of_a_tar_are_trailing() -> None:
    found = facts(tar(a=b"x") + payload(1, 700))
    assert found.trailing is not None
    assert found.trailing.span.length == 700
    damaged = bytearray(tar(a=b"x", b=b"y"))
    damaged[1024] ^= 1
    assert facts(bytes(damaged)).mismatches[0].startswith("0x400: ")


@pytest.mark.parametrize("compress", [bz2.compress, gzip.compress, lzma.compress])
def test_bytes_after_a_compressed_stream_are_trailing(compress: Callable[[bytes], bytes]) -> None:
    packed = compress(b"x" * 1000)
    found = facts(packed + b"hidden")
    assert found.trailing is not None
    assert (found.trailing.span.offset, found.trailing.span.length) == (len(packed), 6)
    assert facts(packed[:-3]).mismatches


def test_the_name_in_a_gzip_header_is_its_comment() -> None:
    target = io.BytesIO()
    with gzip.GzipFile("tool-1.2.tar", "wb", fileobj=target) as file:
        file.write(b"x")
    assert facts(target.getvalue()).comment == "tool-1.2.tar"


def test_a_gzip_bomb_is_a_limit_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed_stream.end_of, "__defaults__", (1000,))
    with pytest.raises(LimitError):
        facts(gzip.compress(bytes(1 << 20)))


def test_bytes_around_the_files_of_a_cabinet_are_measured() -> None:
    folder = CabFolder(files=(CabFile(name="a", content=b"x"), CabFile(name="a", content=b"y")))
    hidden = PayloadSpec(size=99)
    gap = CabFolder(files=folder.files, gap=PayloadSpec(size=50), spare_plain=PayloadSpec(size=3))
    found = facts(build_cab((folder, gap), CabLayout(header_reserve=hidden, trailing=PayloadSpec(size=70))))
    assert [(each.span.length, each.nature) for each in found.gaps] == [(50, Nature.STRUCTURED), (99, Nature.RANDOM)]
    assert found.trailing is not None
    assert found.trailing.span.length == 70
    assert found.duplicates == ("a",)
    assert found.mismatches == ("folder 1: plain bytes 2 to 5 are of no file",)
    text = CabLayout(header_reserve=PayloadSpec(size=99, kind=Kind.ASCII))
    assert facts(build_cab((folder,), text)).gaps == ()


def test_bytes_around_the_files_of_an_asar_are_measured() -> None:
    files = (AsarFile(path="a", content=b"x"), AsarFile(path="b", content=b"y", gap=PayloadSpec(size=40)))
    found = facts(build_asar(files, AsarLayout(trailing=PayloadSpec(size=70))))
    assert [each.span.length for each in found.gaps] == [40]
    assert found.trailing is not None
    assert found.trailing.span.length == 70


@pytest.mark.parametrize("data", [b"", b"no archive", bytes(1024)])
def test_what_is_no_archive_is_a_format_error(data: bytes) -> None:
    with pytest.raises(FormatError):
        facts(data)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 1 << 20), st.integers(1, 255), st.sampled_from(["zip", "tar", "gzip"]))
def test_any_flipped_byte_gives_facts_that_can_be_kept_or_a_named_error(place: int, mask: int, form: str) -> None:
    forms = {
        "zip": build_zip(ENTRIES, ZipLayout(zip64=True)),
        "tar": tar(a=b"x" * 600),
        "gzip": gzip.compress(b"x" * 99),
    }
    data = bytearray(forms[form])
    data[place % len(data)] ^= mask
    try:
        found = facts(bytes(data))
    except (FormatError, LimitError):
        return
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=ArchiveFacts) == found
