"""What changed between two releases as a tree of folders, cut where nobody would read on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from unrig.model.artifact import Artifact
from unrig.model.change import Change, ChangeKind
from unrig.model.paths import SEPARATOR, file_name

MAX_LEAVES = 1500
"""Files on the page; those with findings come first."""
MAX_DEPTH = 16
"""Folders inside each other; what lies deeper stands in one line, for the page nests as the tree does."""
SIGNS = {ChangeKind.ADDED: "+", ChangeKind.REMOVED: "\N{MINUS SIGN}", ChangeKind.CHANGED: "\N{PLUS-MINUS SIGN}"}
MOVED_SIGN = "\N{RIGHTWARDS ARROW}"


class Pair(Struct, frozen=True, kw_only=True):
    """One file before and after, with everything that was said about the difference."""

    kind: ChangeKind
    before: Artifact | None
    after: Artifact | None
    said: tuple[str, ...]
    findings: tuple[str, ...] = ()
    """Ids of the findings about the file."""

    @property
    def path(self) -> str:
        """Return where the file stands now, or stood where it is gone."""
        one = self.after or self.before
        return one.path if one else ""

    @property
    def name(self) -> str:
        """Return the file's last name."""
        return file_name(self.path)

    @property
    def sign(self) -> str:
        """Return the sign that stands before the name, as in a patch."""
        return SIGNS.get(self.kind, MOVED_SIGN)


class Folder(Struct, kw_only=True):
    """A folder or archive: what it holds, and how many files changed in and below it."""

    name: str
    folders: dict[str, Folder] = field(default_factory=dict)
    pairs: list[Pair] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    """Files by kind of change, all of them, those that the page leaves out too."""
    marked: bool = False
    """Whether something in it has a finding."""


class Tree(Struct, frozen=True, kw_only=True):
    """The whole of it."""

    root: Folder
    total: int
    shown: int


def pairs_of(changes: Iterable[Change], findings: Mapping[str, Sequence[str]]) -> tuple[Pair, ...]:
    """Return one pair for each file before and after; `findings` are ids by artifact id."""
    grouped: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        key = (change.before.id if change.before else "", change.after.id if change.after else "")
        grouped.setdefault(key, []).append(change)
    return tuple(_pair(same, findings.get(key[1] or key[0], ())) for key, same in grouped.items())


def _pair(same: Sequence[Change], findings: Sequence[str]) -> Pair:
    said = dict.fromkeys(change.what for change in same if change.what)
    first = same[0]
    return Pair(
        kind=first.kind, before=first.before, after=first.after, said=tuple(said), findings=tuple(sorted(findings))
    )


def tree_of(pairs: Sequence[Pair], limit: int = MAX_LEAVES) -> Tree:
    """Return the tree: each folder counts all its files, `limit` of which are shown, those with findings first."""
    root = Folder(name="")
    ordered = sorted(pairs, key=lambda pair: (not pair.findings, pair.path))
    for number, pair in enumerate(ordered):
        _put(root, pair, show=number < limit)
    _sort(root)
    return Tree(root=root, total=len(pairs), shown=min(len(pairs), limit))


def _put(root: Folder, pair: Pair, *, show: bool) -> None:
    folder = root
    _count(folder, pair)
    for part in _folders(pair.path):
        if not show and part not in folder.folders:
            return
        folder = folder.folders.setdefault(part, Folder(name=part))
        _count(folder, pair)
    if show:
        folder.pairs.append(pair)


def _count(folder: Folder, pair: Pair) -> None:
    folder.counts[pair.kind] = folder.counts.get(pair.kind, 0) + 1
    folder.marked = folder.marked or bool(pair.findings)


def _folders(path: str) -> list[str]:
    """Return the folders and archives that a path goes through."""
    parts: list[str] = []
    *archives, last = path.split(SEPARATOR)
    for archive in archives:
        *folders, name = archive.split("/")
        parts += [*folders, f"{name}!"]
    parts += last.split("/")[:-1]
    return parts if len(parts) <= MAX_DEPTH else [*parts[: MAX_DEPTH - 1], "/".join(parts[MAX_DEPTH - 1 :])]


def _sort(folder: Folder) -> None:
    folder.folders = dict(sorted(folder.folders.items()))
    folder.pairs.sort(key=lambda pair: pair.path)
    for inner in folder.folders.values():
        _sort(inner)
