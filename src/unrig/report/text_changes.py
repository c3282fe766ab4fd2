"""What differs from a baseline, on a terminal: the files that say most first, and in each what says most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unrig.model.change import FILE, Change, ChangeKind
from unrig.model.paths import SEPARATOR
from unrig.model.results import VetResult
from unrig.report.layout import safe

FAMILIES = (
    "functions",
    "imports",
    "waits",
    "signer",
    "installer",
    "asar",
    "sections",
    "exports",
    "resources",
    "strings",
    "build",
)
"""What is said first of a file; a family that stands nowhere here comes last."""
ALWAYS = frozenset({"build.time", "resources.version", "signer.certificate"})
"""What every release changes: left out unless everything is asked for."""
FILES, LINES = 6, 4


def lines(result: VetResult, *, verbose: bool) -> Iterator[str]:
    """Yield how many files differ from the baselines, and what differs in those that differ most tellingly."""
    if not result.baselines:
        return
    files = [change for change in result.changes if change.family == FILE]
    yield ", ".join(f"{sum(c.kind is kind for c in files)} {kind}" for kind in ChangeKind)
    found = _inside(result, verbose=verbose)
    marked = {ref.id for finding in result.findings for ref in finding.artifacts}
    ordered = sorted(found.values(), key=lambda some: (_id(some) not in marked, _rank(some[0]), _path(some[0])))
    shown = ordered if verbose else ordered[:FILES]
    for some in shown:
        yield f"{safe(_path(some[0]).split(SEPARATOR, 1)[-1])}"
        yield from (f"  {safe(change.what)}" for change in (some if verbose else some[:LINES]))
        if len(some) > LINES and not verbose:
            yield f"  ... and {len(some) - LINES} more"
    if len(ordered) > len(shown):
        yield f"... and {len(ordered) - len(shown)} files more (--verbose shows all)"


def _inside(result: VetResult, *, verbose: bool) -> dict[str, list[Change]]:
    """Return what differs inside files, by file, the most telling first."""
    found: dict[str, list[Change]] = {}
    for change in result.changes:
        if change.family != FILE and (verbose or change.property not in ALWAYS):
            found.setdefault(_path(change), []).append(change)
    return {path: sorted(some, key=_rank) for path, some in found.items()}


def _rank(change: Change) -> int:
    return FAMILIES.index(change.family) if change.family in FAMILIES else len(FAMILIES)


def _id(some: Sequence[Change]) -> str:
    return some[0].after.id if some[0].after else ""


def _path(change: Change) -> str:
    side = change.after or change.before
    return side.path if side else ""
