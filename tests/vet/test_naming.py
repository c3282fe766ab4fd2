"""What file names say of a release."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from unrig.vet.naming import Named, named, platform_of


@pytest.mark.parametrize(
    ("file_name", "expected"),
    [
        ("PyQt5_Qt5-5.15.2-py3-none-win_amd64.whl", ("PyQt5_Qt5", "5.15.2", "windows")),
        ("drill-1.0-1-cp311-cp311-macosx_11_0_arm64.whl", ("drill", "1.0", "macos")),
        ("drill_sample-1.0-py3-none-manylinux2014_x86_64.whl", ("drill_sample", "1.0", "linux")),
        ("drill-1.0-py3-none-any.whl", ("drill", "1.0", "")),
        ("HarborCall-18.12.416-win-x64.zip", ("HarborCall", "18.12.416", "windows")),
        ("harbor-call_v2.0.1_linux.tar.gz", ("harbor-call", "2.0.1", "linux")),
        ("harbor call 3.1.exe", ("harbor call", "3.1", "")),
        ("sample-1.2.3.tgz", ("sample", "1.2.3", "")),
        ("setup.exe", ("setup", "", "")),
        ("setup-windows", ("setup-windows", "", "windows")),
        ("release", ("release", "", "")),
    ],
)
def test_names(file_name: str, expected: tuple[str, str, str]) -> None:
    told = named(file_name)
    assert (told.name, told.version, told.platform) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("win_amd64", "windows"),
        ("musllinux_1_2_x86_64", "linux"),
        ("penguinlinux", ""),
        ("linux-x64", "linux"),
        ("darwin", "macos"),
        ("twin", ""),
        ("", ""),
    ],
)
def test_platforms_are_told_by_the_start_of_a_word(text: str, expected: str) -> None:
    assert platform_of(text) == expected


@given(st.text(max_size=60))
@example(".A0")
def test_any_name_has_a_name(file_name: str) -> None:
    told = named(file_name)
    assert isinstance(told, Named)
    assert told.name or not file_name.strip()
    assert told.version in file_name
