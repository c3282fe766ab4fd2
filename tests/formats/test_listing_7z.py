"""What 7-Zip lists, read line by line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.formats import listing_7z
from unrig.formats.listing_7z import UNKNOWN, Listed, read
from unrig.model.errors import LimitError

TEXT = """Path = sub
Folder = +
Size = 0

Path = sub/a = b.txt
Size = 12
Attributes = A -rw-r--r--
CRC = 0E43CF1E
Encrypted = -

Path = link
Size = 3
Attributes = A lrwxrwxrwx

Path = secret
Size =
CRC =
Encrypted = +
"""


def listed(text: str) -> list[Listed]:
    return list(read(memoryview(text.encode())))


def test_members_come_in_their_order() -> None:
    found = listed(TEXT)
    assert [(one.name, one.kind, one.size) for one in found] == [
        ("sub", "folder", 0),
        ("sub/a = b.txt", "file", 12),
        ("link", "symlink", 3),
        ("secret", "file", UNKNOWN),
    ]
    assert [one.crc32 for one in found] == [UNKNOWN, 0x0E43CF1E, UNKNOWN, UNKNOWN]
    assert [one.encrypted for one in found] == [False, False, False, True]


@pytest.mark.parametrize("size", ["-5", "1e9", "9" * 30, "", "x"])
def test_a_size_that_is_none_is_unknown(size: str) -> None:
    [found] = listed(f"Path = a\nSize = {size}\n")
    assert found.size == UNKNOWN


def test_a_listing_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing_7z, "MAX_LISTING", 10)
    with pytest.raises(LimitError):
        listed(TEXT)


@settings(deadline=None, max_examples=60)
@given(data=st.binary(max_size=400))
def test_any_bytes_are_a_listing(data: bytes) -> None:
    assert all(one.size >= UNKNOWN for one in read(memoryview(b"Path = x\n" + data)))


def test_a_folder_is_one_by_its_mode_where_nothing_else_says_so() -> None:
    xar = "Path = sub\nSize = \nMode = drwxr-xr-x\nType = directory\n\nPath = sub/a\nSize = 1\nMode = -rw-r--r--\n"
    assert [(one.name, one.kind) for one in listed(xar)] == [("sub", "folder"), ("sub/a", "file")]
