"""What a person reads of records that were not read: one problem for each source and reason."""

from __future__ import annotations

from unrig.hunt.streams import Reason, Rejected
from unrig.model.problem import Problem, ProblemKind, new_problem

_KINDS = {
    Reason.LINE_TOO_LONG: ProblemKind.LIMIT,
    Reason.TOO_LARGE: ProblemKind.LIMIT,
    Reason.DAMAGED: ProblemKind.DAMAGED,
    Reason.CUT: ProblemKind.DAMAGED,
    Reason.NOT_AN_END: ProblemKind.DAMAGED,
    Reason.RECORD_DAMAGED: ProblemKind.DAMAGED,
    Reason.CHUNK_DAMAGED: ProblemKind.DAMAGED,
    Reason.CHECKSUM: ProblemKind.DAMAGED,
    Reason.STRAY: ProblemKind.DAMAGED,
}
_WHOLE_LOG = "an event log as Windows wrote it: whole chunks, their checksums right, each record decodable"
_ROW = "lines of as many columns as the header above them names, in the form of the first ones"
_EXPECTED = {
    Reason.CUT: _WHOLE_LOG,
    Reason.RECORD_DAMAGED: _WHOLE_LOG,
    Reason.CHUNK_DAMAGED: _WHOLE_LOG,
    Reason.CHECKSUM: _WHOLE_LOG,
    Reason.NOT_A_ROW: _ROW,
    Reason.NO_HEADER: _ROW,
    Reason.NOT_AN_END: "objects in JSON that end, each of at most 1 MiB",
    Reason.STRAY: "objects in JSON, in an array or one after another",
    Reason.NOT_AN_EVENT: "objects that are all events, as the first ones",
    Reason.NO_TIME: "a time in each record",
}
_READ_NONETHELESS = frozenset({Reason.CHECKSUM, Reason.CUT})
"""Reasons that count places, not records."""


def rejected_records(rejected: Rejected) -> int:
    """Return how many records were not read."""
    return 0 if rejected.reason in _READ_NONETHELESS else rejected.count


def problem_of(name: str, rejected: Rejected) -> Problem:
    """Return the problem that stands for all records of a source that were not read for one reason."""
    first = f", the first: {rejected.sample}" if rejected.sample else ""
    read = rejected.reason in _READ_NONETHELESS
    return new_problem(
        kind=_KINDS.get(rejected.reason, ProblemKind.FORMAT),
        where=f"{name}: record {rejected.record}, byte {rejected.offset}",
        expected=_EXPECTED.get(rejected.reason, "one JSON object in UTF-8 a line, at most 1 MiB, with a time"),
        observed=f"{rejected.reason.value}: {rejected.count} of them{first}",
        effect="what could be decoded there was read" if read else "these records were not looked at, all others were",
        action="take the log from the device again, and ask who has changed it"
        if rejected.reason is Reason.CHECKSUM
        else "export the log again, or look at these places by hand",
    )
