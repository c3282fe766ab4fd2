"""Files of two releases by path and content: added, removed, changed, moved.

Paths are compared inside the release and without its version, so that `app-1.2.zip!/app-1.2/x.dll` is the same file
as `app-1.3.zip!/app-1.3/x.dll`: else every file of such a release would look new, and nothing would be compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unrig.model.artifact import Artifact, Release
from unrig.model.change import Change, ChangeKind
from unrig.model.paths import SEPARATOR
from unrig.model.rule import Comparison, ReleaseView
from unrig.model.signature import SignatureFacts

Files = Mapping[str, Artifact]
VERSION = "\0"
"""Stands for the release's version in paths, where labels never hold it (unrig.model.paths): no two paths become one."""


def compare(before: ReleaseView, after: ReleaseView) -> tuple[Change, ...]:
    """Return what differs, in the order of paths; swapping the sides gives the inverse."""
    signed = _signed_itself(before) or _signed_itself(after)
    whole_old, whole_new = _by_path(before, itself=signed), _by_path(after, itself=signed)
    old = _without_version(whole_old, before.release.version, whole_new)
    new = _without_version(whole_new, after.release.version, whole_old)
    gone, come = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
    moved = _moved(old, new, gone, come)
    arrived = set(moved.values())
    changes = {
        **{p: _changed(old[p], new[p]) for p in old.keys() & new.keys() if old[p].sha256 != new[p].sha256},
        **{q: _moved_to(old[p], new[q]) for p, q in moved.items()},
        **{p: _removed(old[p]) for p in gone if p not in moved},
        **{q: _added(new[q]) for q in come if q not in arrived},
    }
    return tuple(sorted(changes.values(), key=_path_of))


def _path_of(change: Change) -> str:
    side = change.after or change.before
    return side.path if side else ""


def path_inside(release: Release, artifact: Artifact) -> str:
    """Return the path without the name of the release's own file; empty for that file itself."""
    if release.format == "folder":
        return artifact.path
    return artifact.path.split(SEPARATOR, 1)[1] if artifact.container else ""


def _by_path(side: ReleaseView, *, itself: bool) -> dict[str, Artifact]:
    """Leave out the release's own file, where it was opened: it always differs when anything in it does.

    `itself` is for packages of which one is signed: who signed it may differ too.
    """
    paths = ((path_inside(side.release, view.artifact), view.artifact) for view in side.artifacts)
    return {path: artifact for path, artifact in paths if path or itself or artifact.format not in _PACKED}


def _signed_itself(side: ReleaseView) -> bool:
    own = (view.facts.get(SignatureFacts) for view in side.artifacts if not path_inside(side.release, view.artifact))
    return any(isinstance(facts, SignatureFacts) and facts.signatures for facts in own)


def _without_version(files: Files, version: str, others: Files) -> Files:
    """Take the version out of the paths that the other side does not have: it may be a number that names more."""
    if not version:
        return files
    return {path if path in others else path.replace(version, VERSION): artifact for path, artifact in files.items()}


_PACKED = frozenset({"zip", "tar", "gzip", "bzip2", "xz", "zstd"})


def _moved(old: Files, new: Files, gone: Sequence[str], come: Sequence[str]) -> dict[str, str]:
    """Pair files that kept their content under another path; several copies pair in the order of paths."""
    waiting: dict[str, list[str]] = {}
    for path in gone:
        waiting.setdefault(old[path].sha256, []).append(path)
    return {waiting[new[path].sha256].pop(0): path for path in come if waiting.get(new[path].sha256)}


def _changed(before: Artifact, after: Artifact) -> Change:
    what = f"{before.size:,} bytes became {after.size:,}"
    return Change(kind=ChangeKind.CHANGED, before=before, after=after, family="file", what=what)


def _moved_to(before: Artifact, after: Artifact) -> Change:
    what = f"{before.path} became {after.path}"
    return Change(kind=ChangeKind.MOVED, before=before, after=after, family="file", what=what)


def _removed(before: Artifact) -> Change:
    return Change(kind=ChangeKind.REMOVED, before=before, after=None, family="file", what=f"{before.size:,} bytes")


def _added(after: Artifact) -> Change:
    return Change(kind=ChangeKind.ADDED, before=None, after=after, family="file", what=f"{after.size:,} bytes")


COMPARISON = Comparison(id="files", compare=compare)
