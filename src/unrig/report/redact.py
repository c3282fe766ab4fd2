"""A result without the names of the reader's own: devices, users, customers, and the paths of the machine it was made on.

Each name gives way to a word with a number (`device-3`), the same one wherever it stood, so that the result can still
be followed. What vet says is of a release, which is nobody's: it stays as it is. Ids stay too: they are hashes, and
whoever guesses a name right can see from them that it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from unrig.model.problem import Problem
from unrig.model.results import HuntResult, Result, ScopeResult, VetResult

R = TypeVar("R", bound=Struct)

KEPT = frozenset(
    {"id", "of", "schema", "type", "sha256", "about", "technique", "techniques", "version", "unrig_version"}
)
"""Fields that name nobody: ids, hashes, and words that a schema fixes."""
EVERYONE = frozenset({"", "*", "-"})
_TOKEN = re.compile(r"[\w.$@-]*[\w$]")
_HOME = re.compile(
    r"((?:[\\/]users|[\\/]home|[\\/]documents and settings)[\\/])([^\\/:*?\"<>|]+)(?=[\\/]|$)", re.IGNORECASE
)
_SHARED_HOMES = frozenset({"public", "default", "all users", "shared"})
_OWN = ("results/", "claims/", "derived/", "artifacts/")
"""Paths within a case are the same in every case."""


class Names(Struct, frozen=True, kw_only=True):
    """Every private name, folded, with what stands for it."""

    words: dict[str, str]
    """Names that are one token of a text."""
    phrases: dict[str, str]
    """All others: with spaces, backslashes or slashes."""


def names_of(*results: Result | None) -> Names:
    """Return the private names in these results; a case's come from the hunts and scopes it was derived from."""
    devices, users, customers, paths = set[str](), set[str](), set[str](), set[str]()
    for result in results:
        if isinstance(result, HuntResult):
            devices.update(device for device, _ in _people(result))
            devices.update(source.device for source in result.sources)
            users.update(user for _, user in _people(result))
        if isinstance(result, ScopeResult):
            customers.update(group.customer for exposure in result.exposures for group in exposure.groups)
        if isinstance(result, HuntResult | ScopeResult):
            paths.update(source.path for source in result.sources)
        if result is not None and not isinstance(result, VetResult):
            paths.update(_places(result.problems))
    users |= {user.rpartition("\\")[2] for user in users}
    said = {
        **_numbered("source", paths),
        **_numbered("customer", customers),
        **_numbered("user", users),
        **_numbered("device", devices),
    }
    words = {name: word for name, word in said.items() if _TOKEN.fullmatch(name)}
    return Names(words=words, phrases={name: word for name, word in said.items() if name not in words})


def redact(result: R, names: Names) -> R:
    """Return a result (or a page of several) with every private name replaced; what vet said stays as it is."""
    phrases = sorted(names.phrases, key=lambda name: (-len(name), name))
    pattern = re.compile("|".join(map(re.escape, phrases)), re.IGNORECASE) if phrases else None
    redacted: R = _rewritten(result, _Rewriter(names=names, pattern=pattern))
    return redacted


class _Rewriter(Struct, frozen=True, kw_only=True):
    names: Names
    pattern: re.Pattern[str] | None

    def text(self, text: str) -> str:
        """Return a text with its names replaced: the whole, then phrases, then folders of users, then words."""
        whole = self.names.words.get(text.casefold()) or self.names.phrases.get(text.casefold())
        if whole is not None:
            return whole
        if self.pattern is not None:
            text = self.pattern.sub(lambda found: self.names.phrases[found[0].casefold()], text)
        return _TOKEN.sub(self._word, _HOME.sub(self._home, text))

    def _home(self, found: re.Match[str]) -> str:
        if found[2].casefold() in _SHARED_HOMES:
            return found[0]
        return found[1] + (self.names.words.get(found[2].casefold()) or "user")

    def _word(self, found: re.Match[str]) -> str:
        return self.names.words.get(found[0].casefold(), found[0])


def _rewritten(value: Any, by: _Rewriter) -> Any:
    """Return a value of the model with its texts rewritten; an enumeration's words are no texts."""
    if type(value) is str:
        return by.text(value)
    if isinstance(value, tuple):
        return tuple(_rewritten(one, by) for one in value)
    if isinstance(value, Struct) and not isinstance(value, VetResult):
        fields = {name: getattr(value, name) for name in value.__struct_fields__ if name not in KEPT}
        changed = {name: new for name, old in fields.items() if (new := _rewritten(old, by)) is not old}
        return msgspec.structs.replace(value, **changed) if changed else value
    return value


def _numbered(kind: str, names: Iterable[str]) -> dict[str, str]:
    folded = sorted({name.casefold() for name in names} - EVERYONE)
    return {name: f"{kind}-{number}" for number, name in enumerate(folded, 1)}


def _people(hunt: HuntResult) -> Iterator[tuple[str, str]]:
    """Yield each device that a hunt names, with the user where one is named with it."""
    yield from ((sighting.device, sighting.user) for sighting in hunt.sightings)
    yield from ((one.device, "") for one in hunt.devices)
    yield from ((one.device, "") for one in hunt.observability)


def _places(problems: Iterable[Problem]) -> Iterator[str]:
    """Yield the files that problems are about, as the user named them."""
    for problem in problems:
        path = problem.where.partition(": ")[0].partition("#")[0]
        if not path.startswith(_OWN) and re.search(r"[\\/]|\.\w{1,8}$", path):
            yield path
