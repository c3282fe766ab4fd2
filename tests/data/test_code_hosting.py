from __future__ import annotations

import pytest

from unrig.data.code_hosting import code_hosting, fetches_by_trade, is_code_hosting


@pytest.mark.parametrize("host", ["github.com", "raw.githubusercontent.com", "GitHub.com.", "a.b.gitlab.io"])
def test_a_site_and_what_is_below_it_counts(host: str) -> None:
    assert is_code_hosting(host)


@pytest.mark.parametrize("host", ["notgithub.com", "github.com.evil.example", "githubusercontent", "", "com"])
def test_a_name_that_only_contains_a_site_does_not(host: str) -> None:
    assert not is_code_hosting(host)


def test_browsers_and_developer_tools_fetch_by_trade() -> None:
    assert fetches_by_trade("Chrome.exe")
    assert fetches_by_trade("git.exe")
    assert not fetches_by_trade("powershell.exe")
    assert not fetches_by_trade("phone.exe")


def test_the_lists_are_sorted_lower_case_and_say_nothing_twice() -> None:
    lists = code_hosting()
    for names in (lists.hosts, lists.browsers, lists.developer_tools, lists.resolvers):
        assert list(names) == sorted({name.lower() for name in names})
