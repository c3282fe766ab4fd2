"""Installers made to fool or exhaust whoever reads them: every lie is a named problem or a finding, the rest is vetted."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from vet_kit import judged

from unrig.drill.build import msi as msi_writer
from unrig.drill.build.cab import CabFile, CabFolder, CabLayout, CabMethod, build_cab
from unrig.drill.build.msi import MsiFile, MsiSpec, build_msi
from unrig.drill.build.msi_database import Cell
from unrig.drill.build.ole import OleLayout, OleStream, build_ole
from unrig.model.budget import Limits
from unrig.sandbox.pool import Pool
from unrig.vet import leaves as leaves_module

BIG = b"content!" * 4000
Rows = list[tuple[Cell, ...]]


def patched(data: bytes, at: int, layout: str, *values: int) -> bytes:
    changed = bytearray(data)
    struct.pack_into(layout, changed, at, *values)
    return bytes(changed)


def _looping_difat() -> bytes:
    data = build_ole((OleStream(name="a", content=bytes(8 << 20)),))
    first = struct.unpack_from("<I", data, 68)[0]
    return patched(data, 512 * (first + 2) - 4, "<I", first)


def _looping_mini_fat() -> bytes:
    data = build_ole(tuple(OleStream(name=f"a{number}", content=b"s" * 1000) for number in range(30)))
    mini, fat = struct.unpack_from("<I", data, 60)[0], struct.unpack_from("<I", data, 76)[0]
    return patched(data, 512 * (fat + 1) + 4 * mini, "<I", mini)


def compound_files() -> dict[str, bytes]:
    plain = build_msi(MsiSpec())
    twins = tuple(OleStream(name=f"t{number}", same_as=0) for number in range(50))
    return {
        "difat-loop.msi": _looping_difat(),
        "difat-claims.msi": patched(build_ole((OleStream(name="a", content=BIG),)), 68, "<II", 3, 0xFFFFFFF0),
        "fat-count.msi": patched(build_ole((OleStream(name="a", content=BIG),)), 44, "<I", 0xFFFFFFF0),
        "fat-outside.msi": build_msi(MsiSpec(), OleLayout(fat_outside=True)),
        "fat-beyond.msi": build_msi(MsiSpec(), OleLayout(fat_beyond=1000)),
        "mini-cycle.msi": build_ole((OleStream(name="b", content=b"t" * 1000, cycle=True, stated_size=3000),)),
        "mini-fat-loop.msi": _looping_mini_fat(),
        "mini-sectors.msi": patched(plain, 32, "<H", 31),
        "cutoff.msi": patched(plain, 56, "<I", 0xFFFFFFFF),
        "directory-cycle.msi": build_msi(MsiSpec(), OleLayout(directory_cycle=True)),
        "tree-cycle.msi": build_msi(MsiSpec(), OleLayout(tree_cycle=True)),
        "sector-4096.msi": patched(plain, 30, "<H", 12),
        "sector-2-gb.msi": patched(plain, 30, "<H", 31),
        "header-only.msi": plain[:512],
        "half-a-header.msi": plain[:100],
        "crossing.msi": build_ole((OleStream(name="a", content=BIG), *twins)),
        "cycle.msi": build_ole((OleStream(name="a", content=BIG, cycle=True, stated_size=1 << 20),)),
        "cut.msi": build_ole((OleStream(name="a", content=BIG, cut=True),)),
        "a-terabyte.msi": build_ole((OleStream(name="a", content=BIG, stated_size=1 << 40),), OleLayout(version=4)),
        "noise.msi": build_ole(
            (*(OleStream(name=f"n{n}", content=BIG, cut=True) for n in range(70)), OleStream(name="z", same_as=0))
        ),
    }


def test_compound_files_that_lie(tmp_path: Path, cache: Path, pool: Pool) -> None:
    said = judged(tmp_path, compound_files(), cache, pool)
    assert [name for name, lines in said.items() if not lines] == []
    assert any("a cycle" in line for line in said["difat-loop.msi"])
    assert any("met again" in line for line in said["tree-cycle.msi"])
    assert any("another chain has" in line for line in said["crossing.msi"])
    assert any("as which it begins" in line for line in said["sector-2-gb.msi"])
    assert any("at most 64 kinds" in line for line in said["noise.msi"]), "noise hides nothing"


def _with(monkeypatch: pytest.MonkeyPatch, table: str, change: Callable[[Rows], Rows]) -> bytes:
    """Return an installer one table of which has other rows."""
    honest = msi_writer._tables
    spec = MsiSpec(files=(MsiFile(path="phone.exe", content=b"inert"), MsiFile(path="sub/a.dll", content=b"x")))

    def lying(given: MsiSpec, seed: int) -> dict[str, Rows]:
        tables = honest(given, seed)
        return {**tables, table: change(tables.get(table, []))}

    monkeypatch.setattr(msi_writer, "_tables", lying)
    try:
        return build_msi(spec)
    finally:
        monkeypatch.undo()


def _cut_table(data: bytes, name: str, keep: int) -> bytes:
    """Return an installer in which the directory says that a table has only so many bytes."""
    from unrig.drill.build.msi_database import table_name

    at = data.index(table_name(name).encode("utf-16-le"))
    return patched(data, at + 120, "<I", keep)


def test_tables_that_lie(tmp_path: Path, cache: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    types = (0, 63, 0x7FFF, 33, 64, 4096)
    files = {
        "folders-in-a-circle.msi": _with(
            monkeypatch,
            "Directory",
            lambda rows: [
                *(("INSTALLDIR", "SUB2", "a") if row[0] == "INSTALLDIR" else row for row in rows),
                ("SUB2", "INSTALLDIR", "b"),
            ],
        ),
        "folder-up.msi": _with(monkeypatch, "Directory", lambda rows: [*rows, ("UP", "INSTALLDIR", "..\\..\\x")]),
        "file-up.msi": _with(
            monkeypatch, "File", lambda rows: [(*rows[0][:2], "..\\..\\evil.dll", *rows[0][3:]), *rows[1:]]
        ),
        "same-keys.msi": _with(monkeypatch, "File", lambda rows: rows + rows),
        "no-components.msi": _with(monkeypatch, "Component", lambda _: []),
        "actions.msi": _with(
            monkeypatch, "CustomAction", lambda _: [(f"A{n}", kind, "s", "t", None) for n, kind in enumerate(types)]
        ),
        "strings-cut.msi": _cut_table(build_msi(MsiSpec()), "_StringData", 20),
        "pool-cut.msi": _cut_table(build_msi(MsiSpec()), "_StringPool", 16),
        "rows-cut.msi": _cut_table(build_msi(MsiSpec()), "File", 5),
        "no-cabinet.msi": _with(monkeypatch, "Media", lambda _: [(1, 2, None, "#Gone.cab", None, None)]),
    }
    said = judged(tmp_path, files, cache, pool)
    assert [name for name, lines in said.items() if not lines] == []
    assert any("a circle" in line for line in said["folders-in-a-circle.msi"])
    assert sum("types that the installer knows" in line for line in said["actions.msi"]) == len(types)
    assert not any(".." in line.partition(":")[2].partition(":")[0] for line in said["file-up.msi"])


def test_an_honest_installer_of_the_same_making_is_clean(tmp_path: Path, cache: Path, pool: Pool) -> None:
    spec = MsiSpec(
        files=(MsiFile(path="phone.exe", content=b"inert"), MsiFile(path="sub/a.dll", content=b"x")),
        actions=tuple(msi_writer.MsiAction(name=f"A{kind}", type=kind, target="t") for kind in (51, 35, 0xC00 + 1)),
    )
    said = judged(tmp_path, {"good.msi": build_msi(spec)}, cache, pool)
    assert [line for line in said["good.msi"] if "damaged" in line] == []


def cabinets() -> dict[str, bytes]:
    one = (CabFolder(files=(CabFile(name="a", content=BIG),)),)
    two = build_cab((*one, CabFolder(files=(CabFile(name="b", content=BIG[::-1]),))))
    spans = (CabFile(name="a", content=BIG), CabFile(name="b", content=BIG, stated_folder=0xFFFE))
    return {
        "set.cab": build_cab((CabFolder(files=spans),), CabLayout(next="other.cab")),
        "shared-folder.cab": patched(two, 44, "<I", struct.unpack_from("<I", two, 36)[0]),
        "folder-in-header.cab": patched(build_cab(one), 36, "<IH", 0, 0xFFFF),
        "folder-outside.cab": patched(build_cab(one), 36, "<I", 0xFFFFFFF0),
        "many-blocks.cab": patched(build_cab(one), 40, "<H", 0xFFFF),
        "sizes.cab": build_cab(
            (CabFolder(files=tuple(CabFile(name=f"a{n}", stated_size=0xFFFFFFFF, stated_start=0) for n in range(50))),)
        ),
        "no-folder.cab": build_cab((CabFolder(files=(CabFile(name="a", content=b"x", stated_folder=77),)),)),
        "no-files.cab": patched(build_cab(one), 28, "<H", 0xFFFF),
        "version.cab": patched(build_cab(one), 25, "<B", 9),
        "window.cab": patched(build_cab(one), 42, "<H", 31 << 8 | 3),
        "quantum.cab": build_cab((CabFolder(files=(CabFile(name="a", content=BIG),), method=CabMethod.QUANTUM),)),
    }


def test_cabinets_that_lie(tmp_path: Path, cache: Path, pool: Pool) -> None:
    said = judged(tmp_path, cabinets(), cache, pool)
    assert [name for name, lines in said.items() if not lines] == []
    assert any("goes on in cabinet other.cab" in line for line in said["set.cab"])


@pytest.mark.parametrize("method", [CabMethod.LZX, CabMethod.MSZIP])
def test_a_cabinet_bomb_ends_at_the_budget(tmp_path: Path, cache: Path, pool: Pool, method: CabMethod) -> None:
    files = tuple(CabFile(name=f"{number}", content=bytes(400_000)) for number in range(8))
    bomb = build_cab((CabFolder(files=files, method=method, window_bits=15),))
    assert len(bomb) < 1 << 16
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leaves_module, "LIMITS", Limits(total_bytes=1 << 20))
        said = judged(tmp_path, {"bomb.cab": bomb}, cache, pool)
    assert any(line.startswith("limit: bomb.cab!/") for line in said["bomb.cab"])


def test_many_files_of_one_stretch_end_at_the_budget(tmp_path: Path, cache: Path, pool: Pool) -> None:
    first = CabFile(name="a", content=bytes(4 << 20))
    others = tuple(CabFile(name=f"b{number}", stated_size=4 << 20, stated_start=0) for number in range(100))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leaves_module, "LIMITS", Limits(total_bytes=12 << 20))
        said = judged(tmp_path, {"same.cab": build_cab((CabFolder(files=(first, *others)),))}, cache, pool)
    assert any(line.startswith("limit") for line in said["same.cab"])
