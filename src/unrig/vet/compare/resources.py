"""Resources of a program: kinds and sizes, and the version information that names it."""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.change import Difference
from unrig.model.pe import PeFacts
from unrig.model.rule import Inspection
from unrig.vet.differing import keyed

NAMING = ("CompanyName", "ProductName", "OriginalFilename", "InternalName", "FileDescription")
"""Fields that say what a file is; the others say which release of it."""


def compare(before: PeFacts, after: PeFacts) -> Iterator[Difference]:
    """Yield kinds of resources, single resources (with their size) and names that only one side has."""
    yield from keyed("resources.types", "kinds of resources", _types(before), _types(after))
    yield from keyed("resources.sizes", "resources", _sizes(before), _sizes(after))
    yield from keyed("resources.naming", "names in version information", _naming(before), _naming(after))
    yield from keyed("resources.version", "version information", _version(before), _version(after))


def _types(facts: PeFacts) -> set[str]:
    return {each.type for each in facts.resources}


def _sizes(facts: PeFacts) -> set[str]:
    kept = (each for each in facts.resources if each.type != "RT_VERSION")
    return {f"{each.type}/{each.name}/{each.language}, {each.size:,} bytes" for each in kept}


def _naming(facts: PeFacts) -> set[str]:
    return {f"{name} {facts.version_info[name]}" for name in NAMING if name in facts.version_info}


def _version(facts: PeFacts) -> set[str]:
    return {f"FileVersion {version}" for version in (facts.version_info.get("FileVersion"),) if version}


COMPARISON = Inspection(id="resources", reads=PeFacts, compare=compare)
