"""Files that are two formats at once: neither half is passed over, whatever the name says.

What is behind or before an archive is opened, or it is a finding or a problem; told by structure, never by the name.
"""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
from pathlib import Path

import pytest
from vet_kit import RIGGED, judged, vetted, written

from unrig.drill.build.asar import AsarFile, build_asar
from unrig.drill.build.cab import CabFile, CabFolder, build_cab
from unrig.drill.build.image import ImageKind, ImageSpec, build_image
from unrig.drill.build.msi import MsiSpec, build_msi
from unrig.drill.build.payload import payload
from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec
from unrig.drill.build.zip import Method, ZipEntry, build_zip
from unrig.sandbox.pool import Pool

ELF = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHI3QI6H", 2, 62, 1, 0, 0, 0, 0, 64, 56, 0, 64, 0, 0)


def tarred(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def jar(content: bytes = b"inert " * 300) -> bytes:
    return build_zip((ZipEntry(name="Main.class", content=content, method=Method.STORED),))


def carriers(inner: bytes) -> dict[str, bytes]:
    """Return files whose second half is opened, whatever the first half is."""
    return {
        "pe-zip.exe": build_pe(PeSpec(), 1) + inner,
        "pdf-zip.pdf": b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n" + inner + b"\n%%EOF\n",
        "html-zip.html": b"<html><script>1</script></html>\n" + inner,
        "elf-zip.bin": ELF + inner,
        "elf-tgz.run": ELF + gzip.compress(tarred("x.dll", RIGGED), mtime=0),
        "script-tgz.sh": b"#!/bin/sh\ntail -n +4 $0 | tar xz\nexit\n" + gzip.compress(tarred("x.dll", RIGGED), mtime=0),
        "script-tar.sh": b"#!/bin/sh\ntail -n +4 $0 | tar x\nexit\n" + tarred("x.dll", RIGGED),
        "script-zip.sh": b"#!/bin/sh\nunzip $0\nexit\n" + inner,
        "gif.zip": inner,
    }


@pytest.mark.parametrize("name", carriers(b""))
def test_a_rigged_file_in_the_second_half_is_found(tmp_path: Path, cache: Path, pool: Pool, name: str) -> None:
    inner = build_zip((ZipEntry(name="x.dll", content=RIGGED),))
    result = vetted(written(tmp_path / name, carriers(inner)[name]), cache=cache, pool=pool)
    found = [ref.path for f in result.findings if f.rule == "signature-padding" for ref in f.artifacts]
    assert len(found) == 1
    assert found[0].startswith(f"{name}!/")
    assert found[0].endswith("x.dll")


def seconds() -> dict[str, bytes]:
    """Return files whose second half no program of the first half's kind would open."""
    folder = (CabFolder(files=(CabFile(name="a", content=b"content!" * 400),)),)
    return {
        "msi-jar.msi": build_msi(MsiSpec()) + jar(),
        "gif-script.gif": build_image(ImageSpec(kind=ImageKind.GIF)) + b"*/=1;require('child_process').exec('x');",
        "png-zip.png": build_image(ImageSpec()) + jar(),
        "jpeg-pe.jpg": build_image(ImageSpec(kind=ImageKind.JPEG)) + build_pe(PeSpec(), 2),
        "ico-blob.ico": build_image(ImageSpec(kind=ImageKind.ICO)) + payload(3, 4000),
        "zip-pe.zip": jar() + build_pe(PeSpec(), 3),
        "tar-zip.tar": tarred("a", b"abc") + jar(),
        "cab-zip.cab": build_cab(folder) + jar(),
        "asar-zip.asar": build_asar((AsarFile(path="a.js", content=b"x"),)) + jar(),
        "gzip-zip.gz": gzip.compress(b"abc", mtime=0) + jar(),
        "html-pe.html": b"<html><script>1</script></html>\n" + build_pe(PeSpec(), 4),
    }


def test_the_second_half_is_said(tmp_path: Path, cache: Path, pool: Pool) -> None:
    said = judged(tmp_path, seconds(), cache, pool)
    assert [name for name, lines in said.items() if not lines] == []
    assert any(line.startswith("high installer-unexplained-bytes") for line in said["msi-jar.msi"])
    assert any("(zip)" in line for line in said["png-zip.png"])


def test_the_first_halves_alone_are_silent(tmp_path: Path, cache: Path, pool: Pool) -> None:
    """The benign twin: the same files without a second half."""
    said = judged(tmp_path, firsts(), cache, pool)
    assert {name: lines for name, lines in said.items() if lines} == {}


def firsts() -> dict[str, bytes]:
    return {
        "a.msi": build_msi(MsiSpec()),
        "a.gif": build_image(ImageSpec(kind=ImageKind.GIF)),
        "a.png": build_image(ImageSpec()),
        "a.zip": jar(),
        "a.tar": tarred("a", b"abc"),
        "a.asar": build_asar((AsarFile(path="a.js", content=b"x"),)),
        "a.gz": gzip.compress(b"abc", mtime=0),
        "a.exe": build_pe(PeSpec(), 1),
        "a.bin": ELF,
        "a.sh": b"#!/bin/sh\ntail -n +4 $0 | tar xz\nexit\n",
        "a.html": b"<html><script>1</script></html>\n",
    }


@pytest.mark.parametrize("name", ["setup.exe", "Nullsoft.txt", "a.zip", "a.png"])
def test_names_and_marker_texts_make_no_format(tmp_path: Path, cache: Path, pool: Pool, name: str) -> None:
    text = b"Nullsoft Inno Setup .wixburn PK MSCF 7z ustar koly CD001 Rar! $PNG\n" * 20
    result = vetted(written(tmp_path / name, text), cache=cache, pool=pool)
    assert [(artifact.path, artifact.format) for artifact in result.artifacts] == [(name, "text")]
    assert result.complete
