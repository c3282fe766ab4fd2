from __future__ import annotations

from unrig.data.code_hosting import code_hosting


def test_the_lists_hold_what_they_are_called() -> None:
    lists = code_hosting()
    assert {"github.com", "gitlab.com"} <= set(lists.hosts)
    assert "chrome.exe" in lists.browsers
    assert "git.exe" in lists.developer_tools
    assert "powershell.exe" not in {*lists.browsers, *lists.developer_tools, *lists.resolvers}


def test_the_lists_are_sorted_lower_case_and_say_nothing_twice() -> None:
    lists = code_hosting()
    for names in (lists.hosts, lists.browsers, lists.developer_tools, lists.resolvers):
        assert list(names) == sorted({name.lower() for name in names})
