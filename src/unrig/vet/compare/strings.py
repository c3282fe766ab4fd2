"""Addresses and file names that a file newly names, or no longer names."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from unrig.model.change import Difference
from unrig.model.rule import Inspection
from unrig.model.strings import StringFacts
from unrig.vet.differing import keyed


def compare(before: StringFacts, after: StringFacts) -> Iterator[Difference]:
    """Yield hosts and file names that only one side has; not where a list was cut, for that says nothing."""
    cut = {*before.truncated, *after.truncated}
    if "urls" not in cut:
        yield from keyed("strings.hosts", "hosts in addresses", _hosts(before), _hosts(after))
    if "file_names" not in cut:
        yield from keyed("strings.file_names", "file names", _names(before), _names(after))


def _hosts(facts: StringFacts) -> set[str]:
    return {host for each in facts.urls if (host := _host(each.text))}


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # a bracket that no address has
        return ""


def _names(facts: StringFacts) -> set[str]:
    return {each.text.lower() for each in facts.file_names}


COMPARISON = Inspection(id="strings", reads=StringFacts, compare=compare)
