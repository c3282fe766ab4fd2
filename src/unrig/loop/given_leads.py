"""Leads as users name them: files, pipes and `-`, read in a sealed worker, for they may come from anybody."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from unrig.exchange.leads import MAX_BYTES, LoadedLeads
from unrig.model.errors import UsageError
from unrig.model.lead import Lead
from unrig.model.problem import Problem
from unrig.sandbox.call import Call, Item, Limits
from unrig.sandbox.pool import Pool

PRELOAD = ("unrig.exchange.leads",)
CALL = Call(function="unrig.exchange.leads:read_sealed", argument=str, result=LoadedLeads)
LIMITS = Limits(memory_bytes=4 << 30, result_bytes=MAX_BYTES)
"""A file of the largest size is held twice, as bytes and as what it says, and may say all of it."""
STANDARD_INPUT = "-"
BLOCK = 1 << 20


def read_leads(names: Sequence[str]) -> LoadedLeads:
    """Return the leads of all files, each id once, the last one given; raises UsageError for one that holds none."""
    leads: dict[str, Lead] = {}
    problems: list[Problem] = []
    with Pool(PRELOAD, LIMITS, jobs=1) as workers:
        for name in names:
            read = _read(name, workers)
            leads |= {lead.id: lead for lead in read.leads}
            problems += read.problems
    return LoadedLeads(leads=tuple(leads.values()), problems=tuple(problems))


def _read(name: str, workers: Pool) -> LoadedLeads:
    with _copied(name) as file:
        item = Item(argument=name, descriptors=(file.fileno(),), where=name)
        ((_, found),) = workers.map(CALL, [item])
    if isinstance(found, Problem):
        raise UsageError(f"{found.where}: expected {found.expected}, found {found.observed}. {_ACTION}")
    return found


_ACTION = "Name a vet or leads document, a STIX bundle or a CSV file."


@contextmanager
def _copied(name: str) -> Iterator[IO[bytes]]:
    """Give the bytes as a file that can be read anywhere in it, which a pipe cannot; one block more than is read."""
    with tempfile.TemporaryFile() as file:
        if name == STANDARD_INPUT:
            _copy(sys.stdin.buffer, file)
        else:
            _copy_named(name, file)
        file.seek(0)
        yield file


def _copy_named(name: str, file: IO[bytes]) -> None:
    try:
        with Path(name).open("rb") as given:
            _copy(given, file)
    except (OSError, ValueError) as error:
        observed = getattr(error, "strerror", None) or "a name that no file can have"
        raise UsageError(f"{name}: expected a file that can be read, found: {observed}.") from error


def _copy(given: IO[bytes], file: IO[bytes]) -> None:
    while file.tell() <= MAX_BYTES and (block := given.read(BLOCK)):
        file.write(block)
