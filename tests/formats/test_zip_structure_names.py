"""What a name or mode would do on a disk, case by case."""

from __future__ import annotations

import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.formats.zip_structure_names import kind_notes, kind_of, link_leaves, name_notes

UP, ABSOLUTE, DRIVE = "climbs out of its folder", "absolute", "names a drive"
STREAM, ZERO, DEVICE = "names an alternate data stream", "holds a zero byte", "names a device"
DROPPED, EMPTY = "ends in a dot or space that Windows drops", "empty"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"a/b/c.txt", []),
        (b".hidden/..double/x...y", []),
        (b"./a", []),
        (b"a/../b", [UP]),
        (b"a\\..\\b", [UP]),
        (b"/a", [ABSOLUTE]),
        (b"\\\\host\\share", [ABSOLUTE]),
        (b"C:/a", [DRIVE]),
        (b"c:a", [DRIVE]),
        (b"ab:c", [STREAM]),
        (b"a\0b", [ZERO]),
        (b"", [EMPTY]),
        (b"CON", [DEVICE]),
        (b"a/nul.txt", [DEVICE]),
        (b"Com1 .log", [DEVICE]),
        (b"LPT9", [DEVICE]),
        (b"CONIN$", [DEVICE]),
        (b"console", []),
        (b"com10", []),
        (b"a./b", [DROPPED]),
        (b"b ", [DROPPED]),
        (b"caf\xe9", []),
    ],
)
def test_each_way_out_has_its_name(raw: bytes, expected: list[str]) -> None:
    assert list(name_notes(raw)) == expected


@given(st.binary(max_size=40))
def test_any_name_can_be_judged(raw: bytes) -> None:
    assert len(list(name_notes(raw))) <= 6


@pytest.mark.parametrize(
    ("folder", "target", "expected"),
    [
        (b"", b"b", False),
        (b"a", b"../b", False),
        (b"a", b"../../b", True),
        (b"a/b", b"x/../../../c", False),
        (b"a", b"./.././b", False),
        (b"", b"..", True),
        (b"a", b"/etc/passwd", True),
        (b"a", b"\\server", True),
        (b"a", b"..\\..\\b", True),
        (b"a", b"C:\\x", True),
        (b"a/..", b"..", True),
    ],
)
def test_links_leave_or_stay_by_their_words(folder: bytes, target: bytes, expected: bool) -> None:
    assert link_leaves(folder, target) is expected


@pytest.mark.parametrize(
    ("name", "mode", "size", "kind", "noted"),
    [
        (b"a", 0, 5, "file", False),
        (b"a", stat.S_IFREG | 0o644, 5, "file", False),
        (b"a/", 0, 0, "folder", False),
        (b"a", stat.S_IFDIR, 0, "folder", False),
        (b"a/", 0, 5, "file", True),
        (b"a", stat.S_IFLNK, 5, "symlink", False),
        (b"a", stat.S_IFLNK, 5000, "file", True),
        (b"a", stat.S_IFCHR, 0, "device", True),
        (b"a", stat.S_IFBLK, 0, "device", True),
        (b"a", stat.S_IFIFO, 9, "file", True),
        (b"a", stat.S_IFSOCK, 0, "device", True),
    ],
)
def test_kinds_go_by_mode_and_what_has_content_is_looked_at(
    name: bytes, mode: int, size: int, kind: str, noted: bool
) -> None:
    assert kind_of(name, mode << 16, size) == kind
    assert bool(list(kind_notes(name, mode << 16, size))) is noted
