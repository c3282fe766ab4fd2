"""Hosts and file names that are new."""

from __future__ import annotations

from compare_kit import compared

from unrig.model.strings import FoundString, StringFacts
from unrig.vet.compare.strings import COMPARISON


def found(*texts: str) -> tuple[FoundString, ...]:
    return tuple(FoundString(text=text, offset=i, encoding="ascii") for i, text in enumerate(texts))


def test_hosts_and_names() -> None:
    before = StringFacts(urls=found("https://update.northwind.invalid/a"), file_names=found("codec.dll"))
    after = StringFacts(
        urls=found("https://update.northwind.invalid/b", "http://[bad", "https://cdn.contoso.invalid:8443/"),
        file_names=found("CODEC.DLL", "d.dll"),
    )
    said = compared(COMPARISON, before, after)
    assert said["strings.hosts"].come == ("cdn.contoso.invalid",)
    assert said["strings.hosts"].gone == ()
    assert said["strings.file_names"].come == ("d.dll",)


def test_a_list_that_was_cut_says_nothing() -> None:
    cut = StringFacts(urls=found("https://a.invalid/"), truncated=("urls", "file_names"))
    assert compared(COMPARISON, StringFacts(), cut) == {}
