"""A release that was read before, put together again from its record and the fact cache: no byte of it is opened."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from unrig.model.fact import Fact, FactSet
from unrig.model.problem import Problem, ProblemKind, new_problem
from unrig.store.fact_cache import FactCache
from unrig.store.kept_results import KeptFile, Tree
from unrig.vet.known_facts import recall, recall_part
from unrig.vet.leaves import Leaf, Walked
from unrig.vet.obstacles import bytes_needed
from unrig.vet.recording import READERS


class _Recalled(Struct, frozen=True, kw_only=True):
    """What is still known of one file, and which readers' facts are gone or of an older version."""

    facts: tuple[Fact, ...]
    values: FactSet
    missing: tuple[str, ...] = ()


def recalled(tree: Tree, *, cache: FactCache, rules: str) -> Walked:
    """Return a release as its record and the cache know it; each file whose facts are short is a problem of it."""
    problems = list(tree.problems)
    leaves: list[Leaf] = []
    unscanned: list[str] = []
    for file in tree.files:
        told = _recalled(file, cache, rules)
        lacking = [reader for reader in told.missing if reader != rules]
        if len(lacking) < len(told.missing):
            unscanned.append(file.path)
        if lacking:
            problems.append(bytes_needed(file.path, f"no facts of {', '.join(lacking)} in the versions of this unrig"))
        leaves.append(_leaf(file, told))
    if unscanned:
        problems.append(_unscanned(unscanned, tree))
    if tree.readers != READERS:
        problems.append(bytes_needed(tree.name, "a list of files as an older unrig read it"))
    fresh = problems[len(tree.problems) :]
    return Walked(
        name=tree.name,
        sha256=tree.release.sha256,
        size=tree.release.size,
        format=tree.release.format,
        leaves=tuple(leaves),
        problems=tuple(sorted(problems, key=lambda p: (p.where, p.id))),
        unopened=tuple(sorted({*tree.unopened, *(f"{p.where}: {p.kind}: {p.observed}" for p in fresh)})),
        opened=0,
        cached=len(leaves),
        deterministic=True,
    )


def _recalled(file: KeptFile, cache: FactCache, rules: str) -> _Recalled:
    known = recall(cache, file.sha256, rules)
    if known is not None and known.format == file.format:
        return _Recalled(facts=known.facts, values=known.values)
    part = recall_part(cache, file.sha256, file.format, rules)
    return _Recalled(facts=part.known.facts, values=part.known.values, missing=part.missing)


def _leaf(file: KeptFile, told: _Recalled) -> Leaf:
    return Leaf(
        path=file.path,
        sha256=file.sha256,
        size=file.size,
        format=file.format,
        container=file.container,
        stored_as=file.stored_as,
        index=file.index,
        facts=told.facts,
        values=told.values,
    )


def _unscanned(paths: Iterable[str], tree: Tree) -> Problem:
    names = list(paths)
    more = f" and {len(names) - 1} more files" if len(names) > 1 else ""
    return new_problem(
        kind=ProblemKind.NOT_EVALUATED,
        where=tree.name,
        expected="every file scanned with the YARA rules in force",
        observed=f"{names[0]}{more} never were",
        effect="what these rules would find there is not known",
        action="vet the release where its bytes are",
    )
