"""Discs whose two trees of names hold the same files, and discs where they do not."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from iso_kit import SECTOR, image, record

from unrig.formats import iso_trees
from unrig.formats.iso_trees import extents, is_iso_with_other_joliet
from unrig.formats.sniff import sniff

FILES = {"a": (24, 100), "b": (25, 4000)}


def differs(data: bytes) -> bool:
    return is_iso_with_other_joliet(memoryview(data))


def test_the_same_files_under_other_names_are_one_tree() -> None:
    assert not differs(image(FILES, {"long name": (24, 100), "other": (25, 4000)}))
    assert sniff(memoryview(image(FILES, FILES))) == "iso"


@pytest.mark.parametrize(
    ("plain", "joliet"),
    [(FILES, {"a": FILES["a"]}), ({"a": FILES["a"]}, FILES), (FILES, FILES | {"b": (26, 4000)}), (FILES, {})],
)
def test_a_file_of_one_tree_alone_makes_them_two(
    plain: dict[str, tuple[int, int]], joliet: dict[str, tuple[int, int]]
) -> None:
    assert differs(image(plain, joliet))
    assert sniff(memoryview(image(plain, joliet))) == "iso_joliet"


def test_empty_files_and_other_escapes_do_not_count() -> None:
    assert not differs(image(FILES, FILES | {"empty": (0, 0)}))
    assert not differs(image(FILES, {}, escape=b"%/Z"))


def test_folders_in_a_circle_and_outside_the_disc_end(monkeypatch: pytest.MonkeyPatch) -> None:
    made = bytearray(image(FILES, FILES))
    loop = record(b"loop", 20, SECTOR, flags=2) + record(b"far", 1 << 30, 1 << 31, flags=2)
    made[20 * SECTOR + 400 : 20 * SECTOR + 400 + len(loop)] = loop
    monkeypatch.setattr(iso_trees, "MAX_RECORDS", 50)
    assert extents(memoryview(bytes(made)), 16 * SECTOR + 156) <= frozenset(FILES.values())


@settings(max_examples=60, deadline=None)
@given(st.integers(16 * SECTOR, 22 * SECTOR - 1), st.integers(0, 255))
def test_any_changed_byte_gives_an_answer(place: int, value: int) -> None:
    made = bytearray(image(FILES, FILES))
    made[place] = value
    assert differs(bytes(made)) in {True, False}


@pytest.mark.skipif(shutil.which("genisoimage") is None, reason="genisoimage is not installed: make optional")
@pytest.mark.parametrize(("options", "other"), [((), False), (("-hide", "b"), True), (("-hide-joliet", "b"), True)])
def test_discs_of_a_real_program(tmp_path: Path, options: tuple[str, ...], other: bool) -> None:
    folder = tmp_path / "d"
    (folder / "sub").mkdir(parents=True)
    for name in ("a", "b", "sub/c"):
        (folder / name).write_text(f"inert {name}")
    command = ["genisoimage", "-quiet", "-J", "-R", *options, "-o", tmp_path / "d.iso", folder]
    subprocess.run(command, check=True, capture_output=True)
    assert differs((tmp_path / "d.iso").read_bytes()) is other
