"""Real consecutive releases, from a list of pairs: which to take, and how to fetch both sides."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from unrig.fetch.release import fetch
from unrig.model.errors import UsageError
from unrig.store import locations

SMALL = 60_000_000  # bytes: pairs up to this size are measured
PREFERRED = ("win_amd64", "win32", "arm64", "x86_64")
TAGS = ("py3-none", "py2.py3-none", "abi3", "cp311-cp311", "cp312-cp312")
SYSTEMS = {"win": "windows", "mac": "macos", "mac64": "macos"}
ARCHES = {"mac": "arm64", "mac64": "x86_64"}


@dataclass(frozen=True)
class Pair:
    """Two consecutive releases of one package."""

    ecosystem: str
    package: str
    """As the list has it: `name+platform` for pypi, `@scope+name` for npm."""
    old: str
    new: str
    size: int
    signed: int
    """Signed PEs in both."""

    @property
    def judges(self) -> bool:
        """Tell whether the pair is of the half that judges: the other half may set thresholds."""
        return hashlib.sha256(self.package.encode()).hexdigest()[0] in "89abcdef"


def read_pairs(path: Path) -> list[Pair]:
    """Return all pairs of a tab-separated list."""
    with path.open(newline="") as file:
        rows = list(csv.reader(file, delimiter="\t"))[1:]
    return [
        Pair(row[0], row[1], row[2], row[3], max(int(row[4]), int(row[5])), min(int(row[8]), int(row[9])))
        for row in rows
    ]


def chosen(pairs: Iterable[Pair]) -> list[Pair]:
    """Return the pairs under 60 MB, the largest first."""
    return sorted((pair for pair in pairs if pair.size < SMALL), key=lambda pair: -pair.size)


def get(pair: Pair, version: str) -> Path:
    """Fetch one side. Raises UsageError where its index has no such file."""
    folder = locations.cache_folder() / "downloads"
    if pair.ecosystem == "npm":
        name = pair.package.replace("+", "/", 1) if pair.package.startswith("@") else pair.package
        return fetch(f"pkg:npm/{name.replace('@', '%40')}@{version}", folder).path
    name, _, system = pair.package.partition("+")
    arch = f"&arch={ARCHES[system]}" if system in ARCHES else ""
    purl = f"pkg:pypi/{name}@{version}?os={SYSTEMS[system]}{arch}"
    try:
        return fetch(purl, folder).path
    except UsageError as error:
        return fetch(f"pkg:pypi/{name}@{version}?file_name={_choice(str(error))}", folder).path


def _choice(message: str) -> str:
    """Return the file that most releases have, of those an ambiguous purl lists."""
    names = [str(name) for name in re.findall(r"\?file_name=(\S+)", message)]
    if not names:
        raise UsageError(message)
    return min(names, key=lambda name: (_rank(name, PREFERRED), _rank(name, TAGS), name))


def _rank(name: str, words: tuple[str, ...]) -> int:
    return next((number for number, word in enumerate(words) if word in name), len(words))
