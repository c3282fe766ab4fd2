"""The case folder: inputs and results that never change, a journal of every step, and the rest derived from them.

    case.toml                  what it is called, who may see it, how far it has come
    LOCK                       held by the one process that writes
    journal.jsonl              every step, chained by SHA-256
    results/NNNN-<verb>.json   the documents, as written
    claims/NNNN-<name>.toml    what people and feeds said
    artifacts/<sha256>         kept bytes, encoded so that nothing runs
    tables/, derived/          tables of the hunt; what may be deleted and comes back

A step is written ahead: the document beside its place, then the journal's line (from then on the step is done),
then the document into its place. A killed process leaves a step done, which the next opening finishes, or not done.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import pwd
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath

import msgspec
from msgspec import Struct

import unrig
from unrig.model.case import JournalEntry
from unrig.model.errors import FormatError, LimitError, UsageError
from unrig.model.problem import Problem, ProblemKind, new_problem
from unrig.model.results import CaseResult, HuntResult, RespondResult, Result, ScopeResult, VetResult
from unrig.store import artifacts_vault, case_head, durable, journal, lock
from unrig.store.case_head import CaseHead

JOURNAL = "journal.jsonl"
MAX_DOCUMENT_BYTES = 1 << 30
"""Of one result: a hunt over a large fleet writes hundreds of MB, and more is no document to load whole."""
TLP_LEVELS = ("clear", "green", "amber", "amber+strict", "red")
STORED = re.compile(
    r"(?:results/[0-9]{4,9}-[a-z]{2,20}\.json|claims/[0-9]{4,9}-[A-Za-z0-9_-]{1,80}\.toml|artifacts/[0-9a-f]{64})"
)
"""Where a step's document may stand: a journal is untrusted, and nothing else in it is opened."""

_DOCUMENTS: dict[str, type[Result]] = {
    "unrig.vet/1": VetResult,
    "unrig.hunt/1": HuntResult,
    "unrig.scope/1": ScopeResult,
    "unrig.case/1": CaseResult,
    "unrig.respond/1": RespondResult,
}


class CaseFolder(Struct, frozen=True, kw_only=True):
    """An opened case."""

    path: Path
    head: CaseHead
    read_only: str = ""
    """Why nothing may be written; empty for the process that holds the lock."""


class StepInput(Struct, frozen=True, kw_only=True):
    """One thing a step read: its name as the user gave it, and its bytes' SHA-256."""

    name: str
    sha256: str


class Step(Struct, frozen=True, kw_only=True):
    """What a step did with what. Two steps that agree in all but `at` and the inputs' names give the same result.

    Options that change a result belong into `inputs`, as a named SHA-256 over their values.
    """

    verb: str
    inputs: tuple[StepInput, ...]
    packs: tuple[str, ...] = ()
    policy: str = ""
    """SHA-256 of the policy file."""
    at: dt.datetime


class StoredResult(Struct, frozen=True, kw_only=True):
    """A result of the case: its journal entry and the decoded document."""

    entry: JournalEntry
    document: Result


class StoredResults(Struct, frozen=True, kw_only=True):
    """All that could be read, in the order of the journal, and what could not."""

    results: tuple[StoredResult, ...]
    problems: tuple[Problem, ...]


@contextmanager
def open_case(path: Path, *, name: str = "", tlp: str = "") -> Iterator[CaseFolder]:
    """Open a case for writing, locked, and make it where there is none; a case by a newer unrig opens read-only.

    `name` (else the folder's) and `tlp` (else amber) are for a new case. Raises UsageError where another process
    holds the case (naming it) or where the folder holds something else, FormatError for a damaged case.toml.
    """
    _prepare(path)
    with lock.held(path / "LOCK"):
        head = _head(path, name or path.resolve().name, tlp or "amber")
        if case_head.written_by_newer(head):
            reason = f"written by unrig {head.unrig}, this is {unrig.__version__}: update unrig to write to it"
            yield CaseFolder(path=path, head=head, read_only=reason)
            return
        _recover(path)
        yield CaseFolder(path=path, head=head)


def read_case(path: Path) -> CaseFolder:
    """Open a case for reading, without its lock. Raises UsageError where there is none, FormatError if damaged."""
    try:
        return CaseFolder(path=path, head=case_head.read(path), read_only="opened for reading")
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"{path}: expected a case folder, found no {case_head.NAME} in it") from None


def add_result(case: CaseFolder, step: Step, document: bytes) -> Path:
    """Keep a verb's document, exactly as given, and journal the step; returns where it stands."""
    return _commit(case, step, f"results/{{number:04}}-{step.verb}.json", document)


def add_claims(case: CaseFolder, step: Step, data: bytes) -> Path:
    """Keep a claims file, exactly as given, under the name of the step's only input; returns where it stands."""
    (source,) = step.inputs
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", PurePath(source.name).stem)[:80] or "claims"
    return _commit(case, step, f"claims/{{number:04}}-{stem}.toml", data)


def keep_artifact(case: CaseFolder, step: Step, data: bytes) -> Path:
    """Keep an artifact's bytes, encoded, and journal that, so that a lost one is missed; returns where they stand.

    The bytes are written first: killed in between, the case holds an artifact that the next `keep_artifact` journals.
    """
    _writable(case)
    path = artifacts_vault.put(case.path / "artifacts", data)
    before = journal.read(case.path / JOURNAL)
    encoded = durable.read_whole(path, MAX_DOCUMENT_BYTES)
    _journaled(case, _entry(step, before, f"artifacts/{path.name}", hashlib.sha256(encoded).hexdigest()))
    return path


def kept_artifacts(case: CaseFolder) -> frozenset[str]:
    """Return the SHA-256 of every artifact that the journal says is kept and whose file is there.

    `case_verify` says whether they are whole, and which are gone.
    """
    there = {path.name for path in (case.path / "artifacts").glob("[!.]*")}
    return frozenset(there.intersection(lost_or_kept_artifacts(case)))


def lost_or_kept_artifacts(case: CaseFolder) -> frozenset[str]:
    """Return the SHA-256 of every artifact that the journal says was kept."""
    named = (entry.result.partition("/") for entry in entries(case))
    return frozenset(name for folder, _, name in named if folder == "artifacts")


def write_derived(case: CaseFolder, name: str, data: bytes) -> Path:
    """Write a derived file, which may be deleted and comes back with the same bytes; `name` is a plain file name."""
    _writable(case)
    if not name or PurePath(name).name != name or name.startswith("."):
        raise UsageError(f"derived/{name}: expected a plain file name")
    durable.write_whole(case.path / "derived" / name, data)
    return case.path / "derived" / name


def entries(case: CaseFolder) -> tuple[JournalEntry, ...]:
    """Return the steps of a case in order."""
    return journal.read(case.path / JOURNAL).entries


def results(case: CaseFolder) -> StoredResults:
    """Return every journaled result that still has its bytes; an altered, lost or unreadable one is a problem."""
    found: list[StoredResult] = []
    problems: list[Problem] = []
    for entry in entries(case):
        if not entry.result.startswith("results/"):
            continue
        loaded = _load(case, entry)
        if isinstance(loaded, Problem):
            problems.append(loaded)
        else:
            found.append(StoredResult(entry=entry, document=loaded))
    return StoredResults(results=tuple(found), problems=tuple(problems))


def claims(case: CaseFolder) -> Iterator[tuple[JournalEntry, bytes | Problem]]:
    """Yield each journaled claims file with its bytes, or with what is wrong with it."""
    for entry in entries(case):
        if entry.result.startswith("claims/"):
            yield entry, document_bytes(case, entry)


def find_result(case: CaseFolder, step: Step) -> StoredResult | None:
    """Return the last result of this very step by this very unrig, so that it need not be done again."""
    wanted = _sameness(step.verb, _sha256s(_input_lines(step.inputs)), step.packs, step.policy, unrig.__version__)
    for entry in reversed(entries(case)):
        if wanted == _sameness(entry.verb, _sha256s(entry.inputs), entry.packs, entry.policy, entry.unrig):
            loaded = _load(case, entry)
            if not isinstance(loaded, Problem):
                return StoredResult(entry=entry, document=loaded)
    return None


def document_bytes(case: CaseFolder, entry: JournalEntry) -> bytes | Problem:
    """Return the bytes a step wrote, as the journal's SHA-256 attests, or what is wrong with them."""
    if STORED.fullmatch(entry.result) is None:
        return _damaged(entry, "a path under results/, claims/ or artifacts/", repr(entry.result))
    path = case.path / entry.result
    try:
        data = _settled_or_pending(path)
    except (OSError, FormatError, LimitError) as error:
        return _damaged(entry, "a readable file", getattr(error, "strerror", "") or str(error))
    found = hashlib.sha256(data).hexdigest()
    return data if found == entry.result_sha256 else _damaged(entry, f"SHA-256 {entry.result_sha256}", found)


def _load(case: CaseFolder, entry: JournalEntry) -> Result | Problem:
    data = document_bytes(case, entry)
    if isinstance(data, Problem):
        return data
    try:
        return decode(data)
    except FormatError as error:
        return _damaged(entry, error.expected, error.observed)


class _Schema(Struct, frozen=True):
    schema: str


def decode(document: bytes) -> Result:
    """Return a document of the contract as its type. Raises FormatError where it is none."""
    try:
        schema = msgspec.json.decode(document, type=_Schema).schema
        if schema in _DOCUMENTS:
            return msgspec.json.decode(document, type=_DOCUMENTS[schema])
    except (msgspec.DecodeError, ValueError, RecursionError) as error:  # bytes that are not UTF-8 give a ValueError
        raise FormatError("document", "a document of the contract", str(error)) from None
    raise FormatError("document", "a schema of " + ", ".join(_DOCUMENTS), schema[:80])


def _commit(case: CaseFolder, step: Step, template: str, data: bytes) -> Path:
    _writable(case)
    before = journal.read(case.path / JOURNAL)
    relative = template.format(number=before.lines + 1)
    path = case.path / relative
    if STORED.fullmatch(relative) is None:
        raise UsageError(f"{relative}: expected a verb of lower-case letters")
    if path.exists():
        raise UsageError(f"{relative} is in the case, but not in its journal: run `unrig case --verify` first")
    entry = _entry(step, before, relative, hashlib.sha256(data).hexdigest())
    durable.write_pending(path, data)
    journal.append(case.path / JOURNAL, entry)
    durable.sync_folder(case.path)
    durable.settle(path)
    _count(case, entry)
    return path


def _journaled(case: CaseFolder, entry: JournalEntry) -> None:
    """Append a step whose bytes already stand in their place."""
    journal.append(case.path / JOURNAL, entry)
    durable.sync_folder(case.path)
    _count(case, entry)


def _count(case: CaseFolder, entry: JournalEntry) -> None:
    now = case_head.read(case.path)
    case_head.write(case.path, msgspec.structs.replace(now, unrig=unrig.__version__, revision=entry.number))


def _entry(step: Step, before: journal.Journal, relative: str, sha256: str) -> JournalEntry:
    return JournalEntry(
        number=before.lines + 1,
        at=step.at,
        who=_user(),
        unrig=unrig.__version__,
        verb=step.verb,
        inputs=_input_lines(step.inputs),
        packs=step.packs,
        policy=step.policy,
        result=relative,
        result_sha256=sha256,
        previous=before.head,
    )


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container's user may have no name
        return f"uid {os.geteuid()}"


def _input_lines(inputs: Sequence[StepInput]) -> tuple[str, ...]:
    # a path of this machine is nobody's business elsewhere: an absolute one is cut to its name
    named = (
        (PurePath(given.name).name if given.name.startswith("/") else given.name, given.sha256) for given in inputs
    )
    return tuple(f"{name} {sha256}" for name, sha256 in named)


def _sha256s(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(line.rpartition(" ")[2] for line in lines))


def _sameness(verb: str, sha256s: tuple[str, ...], packs: tuple[str, ...], policy: str, version: str) -> str:
    return "\n".join((verb, policy, version, *sha256s, *sorted(packs)))


def _prepare(path: Path) -> None:
    if path.is_dir() and not (path / case_head.NAME).exists() and any(_strangers(path)):
        raise UsageError(f"{path}: expected a case or an empty folder, found a folder with other files in it")
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise UsageError(f"{path}: expected a folder, found a file") from None


def _strangers(path: Path) -> Iterator[Path]:
    # a process killed while it made the case leaves LOCK and a pending case.toml
    return (found for found in path.iterdir() if found.name not in {"LOCK", f".{case_head.NAME}.pending"})


def _head(path: Path, name: str, tlp: str) -> CaseHead:
    if (path / case_head.NAME).exists():
        return case_head.read(path)
    if tlp not in TLP_LEVELS:
        raise UsageError(f"TLP {tlp!r}: expected one of {', '.join(TLP_LEVELS)}")
    if not name.isprintable():
        raise UsageError(f"the case's name {name!r}: expected printable text")
    case_id = hashlib.sha256(f"case\n{name}".encode()).hexdigest()[:16]
    head = CaseHead(id=case_id, name=name, tlp=tlp, unrig=unrig.__version__)
    case_head.write(path, head)
    return head


def _recover(path: Path) -> None:
    for entry in journal.read(path / JOURNAL).entries:
        target = path / entry.result
        if STORED.fullmatch(entry.result) and not target.exists() and durable.pending(target).exists():
            durable.settle(target)
    for left in (*path.glob("results/.*.pending"), *path.glob("claims/.*.pending")):
        left.unlink()


def _settled_or_pending(path: Path) -> bytes:
    try:
        return durable.read_whole(path, MAX_DOCUMENT_BYTES)
    except FileNotFoundError:
        return durable.read_whole(durable.pending(path), MAX_DOCUMENT_BYTES)


def _writable(case: CaseFolder) -> None:
    if case.read_only:
        raise UsageError(f"the case {case.head.name} cannot be written to: {case.read_only}")


def _damaged(entry: JournalEntry, expected: str, observed: str) -> Problem:
    again = "investigate" if entry.result.startswith("artifacts/") else entry.verb
    return new_problem(
        kind=ProblemKind.DAMAGED,
        where=f"journal entry {entry.number}: {entry.result}",
        expected=expected,
        observed=observed,
        effect="what this file says is not part of the case",
        action=f"run unrig {again} again on the same inputs, and find out who changed the file",
    )
