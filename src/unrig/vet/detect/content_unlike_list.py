"""A file of a package is not the one that the package's own list names, or is not in the list.

Sees:      files whose SHA-256 is not the one in a wheel's RECORD, in the MANIFEST.MF of a jar, or in the CodeResources
           of a macOS bundle (high inside a package and below a bundle's seal); files in a wheel that its RECORD does
           not name (medium).
Matters:   these lists are written by the tool that builds the package. Who changes or adds a file afterwards leaves the
           list behind, unless the list is written anew too.
Blind to:  lists written anew together with the files, files that are listed and missing, what a list of a jar or bundle
           leaves out, MD5 and SHA-1 (md5sums of Debian, checksums of Alpine), packages without such a list.
False positives:  packages signed or patched after they were built; an installed or repacked copy of a package, where
           sources were changed on purpose: low outside of a package.
Measured:  not yet measured
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from unrig.model.content_list import ContentListFacts
from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.paths import SEPARATOR, file_name
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule

RECORD = "RECORD"
NEVER_LISTED = ("RECORD", "RECORD.jws", "RECORD.p7s")
"""In the folder of the list (PyPA, Binary distribution format, "The .dist-info directory")."""
FOLDERS: Mapping[str, tuple[str, str]] = {
    "record": (".dist-info", RECORD),
    "jar": ("META-INF", "MANIFEST.MF"),
    "bundle": ("_CodeSignature", "CodeResources"),
}
"""How the folder of a list ends, and what the list is called."""
NAMED = 20
"""Files that one finding lists."""


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each list with files that are other ones, and one for a RECORD with files it does not name."""
    lists = [(root, view) for view in release.artifacts if (root := _root(view)) is not None]
    roots = [root for root, _ in lists]
    for root, view in lists:
        members = _members(release, root)
        listed = {one.path: one.sha256 for one in view.facts[ContentListFacts].files}
        other = [
            one
            for path, one in members.items()
            if listed.get(path, one.artifact.sha256) not in ("", one.artifact.sha256)
        ]
        if other:
            yield _hit(view, other, "not what the list says", Severity.HIGH if _holds(view, root) else Severity.LOW)
        added = [one for path, one in members.items() if path not in listed and not _exempt(path, view, root)]
        if added and file_name(view.artifact.path) == RECORD and _is_package(root) and roots.count(root) == 1:
            yield _hit(view, added, "not in the list", Severity.MEDIUM)


def _root(view: ArtifactView) -> str | None:
    """Return what stands before each path of a list; None for what is no list where lists stand."""
    facts = view.facts.get(ContentListFacts)
    if not isinstance(facts, ContentListFacts) or not facts.files:
        return None
    ends, name = FOLDERS[facts.kind]
    folder, _, found = view.artifact.path.rpartition("/")
    return folder[: -len(_last(folder))] if found == name and _last(folder).endswith(ends) else None


def _last(folder: str) -> str:
    return folder.rpartition("/")[2]


def _is_package(root: str) -> bool:
    """Tell whether the files stand as a package holds them: directly in a container."""
    return root.endswith(SEPARATOR)


def _holds(view: ArtifactView, root: str) -> bool:
    """Tell whether nobody changes the files behind the list: inside a package, and below the seal of a bundle."""
    return _is_package(root) or view.facts[ContentListFacts].kind == "bundle"


def _members(release: ReleaseView, root: str) -> dict[str, ArtifactView]:
    """Return the files below a root by their path from there; what stands in a container below is its container's."""
    within = (view for view in release.artifacts if view.artifact.path.startswith(root))
    return {path: view for view in within if SEPARATOR not in (path := view.artifact.path[len(root) :])}


def _exempt(path: str, view: ArtifactView, root: str) -> bool:
    folder = view.artifact.path[len(root) :].rpartition("/")[0]
    return path in {f"{folder}/{name}" for name in NEVER_LISTED} or "%#" in path


def _hit(view: ArtifactView, files: list[ArtifactView], what: str, severity: Severity) -> Hit:
    first = files[0].artifact
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return Hit(
        what=f"{first.path}{more}: {what} ({file_name(view.artifact.path)})",
        keys=tuple(f"list/{one.artifact.path}" for one in files[:NAMED]),
        artifacts=tuple(one.artifact.id for one in files[:NAMED]),
        expected=f"the files of {view.artifact.path}, unchanged",
        observed=f"{len(files)} {what}; the first has SHA-256 {first.sha256}",
        severity=severity,
    )


RULE = Rule(
    id="content-unlike-list",
    title="A file that is not the one its package's list names",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.NURSERY,
    techniques=("T1195.002", "T1554"),
    over="release",
    reads=(ContentListFacts,),
    check=check,
    benign="a package that was signed or patched after its list was written",
)
