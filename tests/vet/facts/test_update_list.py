"""Squirrel's list of updates, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.model.squirrel import ListedPackage
from unrig.vet.facts.update_list import EXTRACTOR, extract

SHA1 = "0123456789ABCDEF0123456789abcdef01234567"


def packages(text: bytes) -> tuple[ListedPackage, ...]:
    return extract(memoryview(text)).packages


def test_lines_are_packages() -> None:
    text = f"# feed\n{SHA1} https://updates.invalid/a/phone-1.nupkg?x=1 42\r\n\n{SHA1}\tb.nupkg\t7 # 50%\n"
    assert packages(text.encode()) == (
        ListedPackage(name="phone-1.nupkg", sha1=SHA1.lower(), size=42),
        ListedPackage(name="b.nupkg", sha1=SHA1.lower(), size=7),
    )
    assert EXTRACTOR.formats == ("text",)


@pytest.mark.parametrize(
    "text", ["", "hello", f"{SHA1} name", f"{SHA1[:-1]} name 7 and more text", f"{SHA1} a 1\nno line\n"]
)
def test_any_other_text_is_no_list(text: str) -> None:
    assert packages(text.encode()) == ()


@settings(deadline=None, max_examples=50)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_read(data: bytes) -> None:
    assert all(one.size >= 0 for one in packages(f"{SHA1} a 1\n".encode() + data))
