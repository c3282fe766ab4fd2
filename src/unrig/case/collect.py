"""From a case folder to the inputs of `derive`: the newest result of each step, and every claims file."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from typing import TypeVar

from msgspec import Struct

import unrig
from unrig.case.inputs import CaseInputs
from unrig.exchange.claims_toml import ClaimsFile
from unrig.model.case import JournalEntry
from unrig.model.errors import FormatError, LimitError
from unrig.model.problem import Problem, ProblemKind, new_problem
from unrig.model.results import HuntResult, Result, ScopeResult, VetResult
from unrig.store import case_folder
from unrig.store.case_folder import CaseFolder, StepInput, StoredResult

ReadClaims = Callable[[bytes, str], ClaimsFile]
"""Bytes and name of a claims file to what it says, read in a sealed worker (`sealed_claims.reader` makes one).

It may raise FormatError and LimitError, as `claims_toml.parse` does."""

Kind = TypeVar("Kind", VetResult, HuntResult, ScopeResult)


class Collected(Struct, frozen=True, kw_only=True):
    """The inputs of a case, and the files of the folder they were read from, for the journal."""

    inputs: CaseInputs
    read: tuple[StepInput, ...]


def collect(case: CaseFolder, at: dt.datetime, read_claims: ReadClaims) -> Collected:
    """Return everything the case folder holds for a derivation generated at `at`; what cannot be read is a problem."""
    stored = case_folder.results(case)
    newest = _newest(stored.results)
    files = [_claims(entry, data, read_claims) for entry, data in case_folder.claims(case)]
    documents = [one.document for one in newest]
    inputs = CaseInputs(
        id=case.head.id,
        name=case.head.name,
        tlp=case.head.tlp,
        generated_at=at,
        unrig_version=unrig.__version__,
        vets=_of(documents, VetResult),
        hunts=_of(documents, HuntResult),
        scopes=_of(documents, ScopeResult),
        claims=tuple(claim for file in files for claim in file.claims),
        names=tuple(name for file in files for name in file.names),
        hypotheses=tuple(one for file in files for one in file.hypotheses),
        problems=(*stored.problems, *(problem for file in files for problem in file.problems)),
    )
    used = [one.entry for one in newest] + [entry for entry, _ in case_folder.claims(case)]
    return Collected(inputs=inputs, read=(_head(case), *(_input(entry) for entry in used)))


def _newest(results: Iterable[StoredResult]) -> list[StoredResult]:
    """Return the last result for each verb and set of inputs, but for what is derived: cases, and the answers to them.

    (Would a case rest on its answers, each run would find one more than the last, and nothing would ever be done.)
    """
    last: dict[tuple[str, ...], StoredResult] = {}
    for one in results:
        hashes = sorted(line.rpartition(" ")[2] for line in one.entry.inputs)
        last[one.document.schema, *hashes] = one
    return [one for one in last.values() if isinstance(one.document, (VetResult, HuntResult, ScopeResult))]


def _of(documents: Iterable[Result], kind: type[Kind]) -> tuple[Kind, ...]:
    return tuple(document for document in documents if isinstance(document, kind))


def _claims(entry: JournalEntry, data: bytes | Problem, read_claims: ReadClaims) -> ClaimsFile:
    if isinstance(data, Problem):
        return ClaimsFile(problems=(data,))
    try:
        return read_claims(data, entry.result)
    except (FormatError, LimitError) as error:
        return ClaimsFile(problems=(_unread(error),))


def _unread(error: FormatError | LimitError) -> Problem:
    too_large = isinstance(error, LimitError)
    return new_problem(
        kind=ProblemKind.LIMIT if too_large else ProblemKind.FORMAT,
        where=error.where,
        expected=error.limit if isinstance(error, LimitError) else error.expected,
        observed=error.observed,
        effect="no claim of this file is part of the case",
        action="split the file and give its parts" if too_large else "correct the file and give it again",
    )


def _head(case: CaseFolder) -> StepInput:
    said = f"{case.head.id}\n{case.head.name}\n{case.head.tlp}"
    return StepInput(name="case.toml", sha256=hashlib.sha256(said.encode()).hexdigest())


def _input(entry: JournalEntry) -> StepInput:
    return StepInput(name=entry.result, sha256=entry.result_sha256)
