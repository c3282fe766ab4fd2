from __future__ import annotations

import pytest

from unrig.data.dead_drops import dead_drops, is_dead_drop


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://raw.githubusercontent.com/somebody/images/main/icon1.ico", True),
        ("https://RAW.githubusercontent.com", True),
        ("https://pastebin.com/raw/abc", True),
        ("https://pastebin.com/abc", False),
        ("https://github.com/somebody/project/issues", False),
        ("https://raw.githubusercontent.com.example.invalid/", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_raw_addresses_of_what_anybody_left(address: str, expected: bool) -> None:
    assert is_dead_drop(address) is expected


def test_every_site_is_a_host_and_the_beginning_of_a_path() -> None:
    assert all("/" not in site.host and site.path.startswith("/") for site in dead_drops())
