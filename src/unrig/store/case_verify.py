"""Whether a case still is what its journal says: every line of the chain, every result, every kept artifact."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from unrig.model.errors import FormatError, LimitError
from unrig.model.problem import Problem
from unrig.store import artifacts_vault, case_folder, journal
from unrig.store.case_folder import CaseFolder
from unrig.store.journal import Journal


class CaseChange(Struct, frozen=True, kw_only=True):
    """One thing that is not as it was written."""

    where: str
    """A line of the journal or a file of the case."""
    expected: str
    observed: str


class Verification(Struct, frozen=True, kw_only=True):
    """What a check of a case found. No `changes` means: as written, up to the step that `head` names."""

    changes: tuple[CaseChange, ...]
    notes: tuple[str, ...]
    """What a killed process left, and the next write clears away."""
    steps: int
    head: str
    """SHA-256 of the journal's last line: noted elsewhere, it shows a tail that was cut together with case.toml."""


def verify(case: CaseFolder) -> Verification:
    """Return every change to the case since it was written; reads only."""
    written = journal.read(case.path / case_folder.JOURNAL)
    return Verification(
        changes=(*_chain(written), *_tail(case, written), *_documents(case, written), *_unjournaled(case, written),
                 *_artifacts(case, written)),
        notes=tuple(_notes(case, written)),
        steps=len(written.entries),
        head=written.head,
    )  # fmt: skip


def _chain(written: Journal) -> Iterator[CaseChange]:
    for found in written.breaks:
        yield CaseChange(where=f"journal.jsonl line {found.line}", expected=found.expected, observed=found.observed)


def _tail(case: CaseFolder, written: Journal) -> Iterator[CaseChange]:
    if case.head.revision > written.lines:
        yield CaseChange(
            where="journal.jsonl", expected=f"{case.head.revision} lines", observed=f"{written.lines}: its end is lost"
        )


def _documents(case: CaseFolder, written: Journal) -> Iterator[CaseChange]:
    for entry in written.entries:
        found = case_folder.document_bytes(case, entry)
        if isinstance(found, Problem):
            yield CaseChange(where=found.where, expected=found.expected, observed=found.observed)


def _unjournaled(case: CaseFolder, written: Journal) -> Iterator[CaseChange]:
    journaled = {entry.result for entry in written.entries}
    for folder in ("results", "claims"):
        for path in sorted((case.path / folder).glob("[!.]*")):
            relative = f"{folder}/{path.name}"
            if relative not in journaled:
                yield CaseChange(where=relative, expected="an entry in the journal", observed="none")


def _outside_the_journal(case: CaseFolder, written: Journal) -> Iterator[Path]:
    """Yield the kept artifacts that no step names: put there by a process that was killed, or by somebody else."""
    journaled = {entry.result for entry in written.entries}
    for path in sorted((case.path / "artifacts").glob("[!.]*")):
        if f"artifacts/{path.name}" not in journaled:
            yield path


def _artifacts(case: CaseFolder, written: Journal) -> Iterator[CaseChange]:
    """Yield those outside the journal that are not what their names say; the others are documents like any other."""
    for path in _outside_the_journal(case, written):
        try:
            artifacts_vault.get(path.parent, path.name)
        except (FormatError, LimitError) as error:
            yield CaseChange(where=f"artifacts/{path.name}", expected="the bytes of that SHA-256", observed=str(error))
        except OSError as error:
            yield CaseChange(
                where=f"artifacts/{path.name}", expected="a readable file", observed=error.strerror or "unreadable"
            )


def _notes(case: CaseFolder, written: Journal) -> Iterator[str]:
    if written.torn:
        yield f"journal.jsonl ends in {len(written.torn)} bytes of a line that was never finished: that step was not done"
    for path in _outside_the_journal(case, written):
        yield f"artifacts/{path.name} is in no line of the journal: whoever kept it ended before writing one"
    for path in sorted(case.path.glob("*/.*.pending")):
        yield f"{path.parent.name}/{path.name} was left by a process that ended in the middle"
