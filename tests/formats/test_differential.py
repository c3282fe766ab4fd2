"""The same files read by unrig and by programs that others wrote: msiinfo (libmsi), cabextract (libmspack), 7-Zip's kin aside.

A writer that shares its reader's misunderstanding always agrees with it; these do not share it.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from unrig.drill.build.cab import CabFile, CabFolder, CabMethod, build_cab
from unrig.drill.build.msi import MsiAction, MsiBinary, MsiFile, MsiService, MsiSpec, MsiValue, build_msi
from unrig.drill.build.msi_database import Pool
from unrig.drill.build.ole import OleLayout
from unrig.drill.build.payload import payload
from unrig.formats import msi_tables, ole
from unrig.formats.msi_tables import Database
from unrig.formats.ole_header import Notes
from unrig.model.budget import Budget
from unrig.model.member import Member
from unrig.unpack import cab, msi

SPEC = MsiSpec(
    files=(
        MsiFile(path="phone.exe", content=payload(1, 9000), short_name="PHONE~1.EXE"),
        MsiFile(path="sub/deep/ä.dll", content=b"x" * 40_000),
    ),
    binaries=(MsiBinary(name="helper", size=5000),),
    actions=(MsiAction(name="Run", type=0xC01, source="helper", target="Entry"), MsiAction(name="Set", type=51)),
    services=(MsiService(name="Svc", path="phone.exe", arguments="-k"),),
    values=(MsiValue(key="Software\\Drill", name="Path", value="[INSTALLDIR]"),),
)


def run(*words: str, cwd: Path) -> str:
    return subprocess.run(words, cwd=cwd, check=True, capture_output=True).stdout.decode("utf-8", "replace")


def needs(tool: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"{tool} is not installed: make optional")


def database(data: bytes) -> Database:
    view = memoryview(data)
    opened = msi_tables.open_database(view, ole.read(view), Notes())
    assert opened is not None
    return opened


def exported(path: Path, table: str) -> list[tuple[str, ...]]:
    """Return the rows of a table as msiinfo writes them, without its three lines of names, types and keys."""
    lines = run("msiinfo", "export", path.name, table, cwd=path.parent).replace("\r\n", "\n").split("\n")
    return sorted(tuple(line.split("\t")) for line in lines[3:] if line)


def ours(opened: Database, table: str) -> list[tuple[str, ...]]:
    rows = msi_tables.rows(opened, table, Notes())
    return sorted(tuple("" if value is None else str(value) for value in row.values()) for row in rows)


@needs("msiinfo")
@pytest.mark.parametrize("layout", [OleLayout(), OleLayout(version=4), OleLayout(free=3000, lost=2000)])
@pytest.mark.parametrize("pool", [Pool(), Pool(code_page=65001), Pool(long_references=True)])
def test_msiinfo_reads_the_same_rows(tmp_path: Path, layout: OleLayout, pool: Pool) -> None:
    import msgspec

    data = build_msi(msgspec.structs.replace(SPEC, pool=pool), layout)
    (tmp_path / "a.msi").write_bytes(data)
    opened = database(data)
    named = set(run("msiinfo", "tables", "a.msi", cwd=tmp_path).split())
    assert {name for name in named if not name.startswith("_")} == {n for n in opened.tables if not n.startswith("_")}
    for table in (
        "File",
        "Component",
        "Directory",
        "CustomAction",
        "InstallExecuteSequence",
        "ServiceInstall",
        "Registry",
    ):
        assert ours(opened, table) == exported(tmp_path / "a.msi", table), table


@needs("msiinfo")
def test_msiinfo_extracts_the_same_streams(tmp_path: Path) -> None:
    data = build_msi(SPEC)
    (tmp_path / "a.msi").write_bytes(data)
    members = {m.path: m for m in msi.members(memoryview(data), Budget()) if isinstance(m, Member)}
    for name in ("Binary.helper", "Data1.cab"):
        theirs = subprocess.run(
            ["msiinfo", "extract", "a.msi", name], cwd=tmp_path, check=True, capture_output=True
        ).stdout
        with members[name].open() as stream:
            assert stream.read() == theirs


@needs("cabextract")
@pytest.mark.parametrize("method", [CabMethod.STORED, CabMethod.MSZIP, CabMethod.LZX])
@pytest.mark.parametrize("bits", [15, 21])
def test_cabextract_unpacks_the_same_files(tmp_path: Path, method: CabMethod, bits: int) -> None:
    files = (CabFile(name="a.txt", content=b"text " * 9000), CabFile(name="sub\\b.bin", content=payload(2, 70_000)))
    code = CabFile(name="c.exe", content=b"\xe8\x10\0\0\0" * 3000 + payload(4, 40_000))
    data = build_cab((CabFolder(files=files, method=method, window_bits=bits), CabFolder(files=(code,), method=method)))
    (tmp_path / "a.cab").write_bytes(data)
    run("cabextract", "-q", "-d", "out", "a.cab", cwd=tmp_path)
    found = [member for member in cab.members(memoryview(data), Budget()) if isinstance(member, Member)]
    assert [member.path for member in found] == ["a.txt", "sub/b.bin", "c.exe"]
    for member in found:
        with member.open() as stream:
            digest = hashlib.sha256(stream.read()).hexdigest()
        assert digest == hashlib.sha256((tmp_path / "out" / member.path).read_bytes()).hexdigest(), member.path
