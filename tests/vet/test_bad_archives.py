"""Archives of Electron, tar, 7z and friends made to fool or exhaust: each lie is named, the rest is vetted."""

from __future__ import annotations

import io
import struct
import tarfile
from pathlib import Path

import pytest
from seven_zip_kit import needs_program, pack
from vet_kit import judged

from unrig.drill.build.asar import AsarFile, build_asar, pickled
from unrig.drill.build.payload import payload
from unrig.model.budget import Limits
from unrig.sandbox.pool import Pool
from unrig.vet import leaves as leaves_module

LONG = b"hello " * 100


def asars() -> dict[str, bytes]:
    other = AsarFile(path="z.js", content=b"z" * 10)
    deep = b'{"files":' + b'{"a":{"files":' * 20_000 + b"{}" + b"}}" * 20_000 + b"}"
    return {
        "2-gb.asar": struct.pack("<4I", 4, 0x7FFFFFFF, 0x7FFFFFF0, 0x7FFFFFE0) + b'{"files":{}}' + bytes(2000),
        "negative.asar": build_asar((AsarFile(path="a.js", content=LONG, stated_offset="-5"), other)),
        "beyond.asar": build_asar((AsarFile(path="a.js", content=LONG, stated_size=1 << 40), other)),
        "overlapping.asar": build_asar(
            (AsarFile(path="a.js", content=LONG), AsarFile(path="b.js", content=b"z" * 9, stated_offset="3"))
        ),
        "no-number.asar": build_asar((AsarFile(path="a.js", content=LONG, stated_offset="one"), other)),
        "other-hash.asar": build_asar((AsarFile(path="a.js", content=LONG, hashed=b"other"), other)),
        "up.asar": build_asar((AsarFile(path="../../a.js", content=LONG), other)),
        "link.asar": build_asar((AsarFile(path="a.js", link="../../../etc/passwd"), other)),
        "deep.asar": pickled(deep),
        "list.asar": pickled(b'{"files": [1, 2, 3]}'),
        "cut.asar": build_asar((AsarFile(path="a.js", content=LONG), other))[:300],
    }


def test_asars_that_lie(tmp_path: Path, cache: Path, pool: Pool) -> None:
    said = judged(tmp_path, asars(), cache, pool)
    assert [name for name, lines in said.items() if not lines] == []
    assert any("asar, as which it begins" in line for line in said["2-gb.asar"])


def test_an_asar_whose_files_are_all_the_same_bytes_costs_no_more_than_a_few(
    tmp_path: Path, cache: Path, pool: Pool
) -> None:
    size = 1 << 20
    twins = (AsarFile(path=f"b{number}.js", stated_size=size, stated_offset="0") for number in range(400))
    said = judged(
        tmp_path, {"same.asar": build_asar((AsarFile(path="a.js", content=bytes(size)), *twins))}, cache, pool
    )
    refused = [line for line in said["same.asar"] if line.startswith("limit")]
    assert len(refused) == 398


def info(name: str, size: int = 0, **fields: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.size = size
    for key, value in fields.items():
        setattr(made, key, value)
    return made


def tarball(*infos: tarfile.TarInfo, form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for one in infos:
            archive.addfile(one, io.BytesIO(b"abc".ljust(one.size, b"\0")) if one.isreg() else None)
    return out.getvalue()


def _negative() -> bytes:
    data = bytearray(tarball(info("b", 3)))
    data[124:136] = b"\xff" * 12
    data[148:156] = b"%06o\0 " % (sum(data[:148]) + 32 * 8 + sum(data[156:512]))
    return bytes(data)


SPARSE = {
    "GNU.sparse.major": "1",
    "GNU.sparse.minor": "0",
    "GNU.sparse.name": "b",
    "GNU.sparse.realsize": "1000000000000",
}


def tars() -> dict[str, bytes]:
    return {
        "hard-link.tar": tarball(info("a", type=tarfile.LNKTYPE, linkname="../../etc/passwd")),
        "link.tar": tarball(info("a", type=tarfile.SYMTYPE, linkname="/etc/passwd")),
        "device.tar": tarball(info("null", type=tarfile.CHRTYPE, devmajor=1, devminor=3)),
        "pipe.tar": tarball(info("pipe", type=tarfile.FIFOTYPE)),
        "pax-size.tar": tarball(info("b", 3, pax_headers={"size": "9" * 20})),
        "pax-size-beyond.tar": tarball(info("b", 3, pax_headers={"size": "9" * 12})),
        "pax-path.tar": tarball(info("b", 3, pax_headers={"path": "../../../x"})),
        "sparse.tar": tarball(info("GNUSparseFile.0/b", 512, pax_headers=SPARSE)),
        "negative.tar": _negative(),
        "beyond.tar": tarball(info("b", 3), info("c", 1 << 16))[:4096],
    }


def test_tars_that_lie(tmp_path: Path, cache: Path, pool: Pool) -> None:
    said = judged(tmp_path, tars(), cache, pool)
    assert [name for name, lines in said.items() if not lines] == []


@needs_program
def test_archives_that_the_program_cannot_open(tmp_path: Path, cache: Path, pool: Pool) -> None:
    whole = pack(tmp_path, "a.7z", {"a.txt": LONG, "b.bin": payload(1, 5000)}).read_bytes()
    locked = pack(tmp_path, "locked.7z", {"a.txt": LONG}, "-psecret", "-mhe=on").read_bytes()
    half_locked = pack(tmp_path, "half.7z", {"a.txt": LONG}, "-psecret").read_bytes()
    pack(tmp_path, "split.7z", {"b.bin": payload(2, 50_000)}, "-v20k", "-mx0")
    header = bytearray(whole)
    header[12:20] = struct.pack("<Q", 1 << 40)
    files = {
        "cut.7z": whole[: len(whole) // 2],
        "header.7z": bytes(header),
        "locked.7z": locked,
        "half-locked.7z": half_locked,
        "split.7z": (tmp_path / "split.7z.001").read_bytes(),
        "damaged.7z": whole[:40] + bytes(20) + whole[60:],
        "cut.cpio": (b"070701" + b"0" * 48 + b"000FFFFF" + b"0" * 48)[:110] + b"name",
        "empty.squashfs": struct.pack("<4s8xI6xHHHH", b"hsqs", 1 << 17, 17, 0, 1, 4).ljust(99, b"\0"),
        "cut.iso": bytes(16 * 2048) + b"\1CD001\1".ljust(2048, b"\0"),
        "cut.deb": b"!<arch>\n" + b"debian-binary".ljust(48) + b"99999999  `\n2.0\n",
        "cut.dmg": b"\x80" * 600 + b"koly\0\0\0\4\0\0\2\0".ljust(512, b"\0"),
    }
    said = judged(tmp_path, files, cache, pool)
    assert [name for name, lines in said.items() if not lines] == []


@needs_program
def test_a_bomb_of_the_program_ends_at_the_budget(tmp_path: Path, cache: Path, pool: Pool) -> None:
    bomb = pack(tmp_path, "bomb.7z", {f"{number}": bytes(1 << 20) for number in range(4)}).read_bytes()
    assert len(bomb) < 1 << 16
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leaves_module, "LIMITS", Limits(total_bytes=2 << 20))
        said = judged(tmp_path, {"bomb.7z": bomb}, cache, pool)
    assert any(line.startswith("limit: bomb.7z!/") for line in said["bomb.7z"])


def test_a_list_of_updates_that_lies(tmp_path: Path, cache: Path, pool: Pool) -> None:
    from unrig.drill.build.zip import ZipEntry, build_zip

    package = build_zip((ZipEntry(name="lib/net45/a.txt", content=b"a"),))
    files = {"RELEASES": (b"0" * 40 + b" app-1.0-full.nupkg 123456789012\n") * 3, "app-1.0-full.nupkg": package}
    said = judged(tmp_path, files, cache, pool)
    assert any("update-list-mismatch" in line for line in (*said["RELEASES"], *said["app-1.0-full.nupkg"]))
