"""Containers that the pinned 7-Zip opens: its listing first, then all content in one stream, cut at the sizes listed.

A stream that is not as long as listed is no proof of where a member begins: members are then fetched one by one. The
listing and what comes out are untrusted; sealed workers read both.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct

from unrig.model.budget import Limits as BudgetLimits
from unrig.model.paths import unlabel
from unrig.model.problem import Problem, ProblemKind, new_problem
from unrig.sandbox import program
from unrig.sandbox.ask import ask
from unrig.sandbox.call import Item, Limits
from unrig.sandbox.pinned import Absent
from unrig.sandbox.pool import Pool
from unrig.vet.obstacles import placed
from unrig.vet.reading import CHECK, SURVEY, CheckRequest, Header, Survey, SurveyRequest, program_formats
from unrig.vet.unfolding import Place, Unfolded, scratch_file

LISTING = 128 << 20
ONE_BY_ONE = 512
"""Members that are fetched each by a run of its own, which takes 0.15 s at least."""


class Archive(Struct, frozen=True, kw_only=True):
    """A container on a descriptor of the parent."""

    format: str
    descriptor: int
    where: str
    """Where a problem with all of it is."""


def survey(pool: Pool, archive: Archive) -> Survey | Problem:
    """Return what 7-Zip lists, as a worker reads that."""
    with contextlib.ExitStack() as stack:
        scratch = scratch_file(stack, archive.where)
        if isinstance(scratch, Problem):
            return scratch
        ended = _run(archive, ("l", "-slt", "-ba", "-sccUTF-8"), (), scratch, LISTING)
        if ended is not None and (os.fstat(scratch).st_size == 0 or ended.kind is ProblemKind.UNSUPPORTED):
            return ended
        request = SurveyRequest(format=archive.format)
        listed = ask(pool, SURVEY, Item(argument=request, descriptors=(scratch,), where=archive.where))
        if isinstance(listed, Problem) or ended is None:
            return listed
        return Survey(headers=listed.headers, problems=(*listed.problems, ended))


def unfolded(
    pool: Pool, archive: Archive, headers: Sequence[Header], *, left: int, stack: contextlib.ExitStack
) -> Iterator[Unfolded]:
    """Yield every member with the place of its plain bytes, which stays until the stack ends; `left` bytes at most."""
    scratch = scratch_file(stack, archive.where)
    if isinstance(scratch, Problem):
        yield from _all_failed(headers, scratch)
        return
    if all(header.size >= 0 for header in headers):
        total = sum(header.size for header in headers)
        ended = _run(archive, ("x", "-so"), (), scratch, min(left, total) + 1)
        if ended is None and os.fstat(scratch).st_size == total:
            yield from _cut(pool, headers, scratch)
            return
        if ended is not None and ended.kind is ProblemKind.UNSUPPORTED:
            yield from _all_failed(headers, ended)
            return
        os.ftruncate(scratch, 0)
        os.lseek(scratch, 0, os.SEEK_SET)
    yield from _one_by_one(archive, headers, scratch, left)


def _cut(pool: Pool, headers: Sequence[Header], scratch: int) -> Iterator[Unfolded]:
    """Yield the members of one stream, each from where the one before ends; their checksums are looked at."""
    places: list[Place] = []
    at = 0
    for header in headers:
        places.append(Place(descriptor=scratch, offset=at, size=header.size))
        at += header.size
    known = [number for number, header in enumerate(headers) if header.crc32 >= 0]
    ranges = tuple((places[number].offset, places[number].size) for number in known)
    request = Item(
        argument=CheckRequest(ranges=ranges), descriptors=(scratch,), where=headers[0].path if headers else ""
    )
    sums: dict[int, int] = {}
    if known:
        told = ask(pool, CHECK, request)
        sums = {} if isinstance(told, Problem) else dict(zip(known, told, strict=False))
    wrong = {number: found for number, found in sums.items() if found != headers[number].crc32}
    for number, header in enumerate(headers):
        problems = (_crc(header, wrong[number]),) if number in wrong else ()
        yield Unfolded(header=header, at=places[number], problems=problems)


def _one_by_one(archive: Archive, headers: Sequence[Header], scratch: int, left: int) -> Iterator[Unfolded]:
    """Yield members that were fetched by their names."""
    names = Counter(_name(header) for header in headers)
    for number, header in enumerate(headers):
        if names[_name(header)] > 1 or number >= ONE_BY_ONE:
            yield Unfolded(header=header, problems=(_not_told_apart(header, names[_name(header)]),))
            continue
        start = os.fstat(scratch).st_size
        most = header.size if header.size >= 0 else BudgetLimits().member_bytes
        bound = start + min(most, left - start)
        ended = _run(archive, ("x", "-so", "-spd"), (_name(header),), scratch, bound + 1)
        size = os.fstat(scratch).st_size - start
        if ended is not None or size > most:
            os.ftruncate(scratch, start)
            os.lseek(scratch, start, os.SEEK_SET)
            yield Unfolded(header=header, problems=(placed(header.path, ended or _longer(header, size)),))
            continue
        yield Unfolded(header=header, at=Place(descriptor=scratch, offset=start, size=size))


def _name(header: Header) -> str:
    """Return the name as 7-Zip lists it; a path that was made unique for unrig's sake has its own again."""
    return os.fsdecode(unlabel(header.path.partition("%#")[0]))


def _run(archive: Archive, command: Sequence[str], names: Sequence[str], scratch: int, most: int) -> Problem | None:
    """Run 7-Zip once; None where all went well."""
    kind = f"-t{program_formats()[archive.format]}"
    arguments = (
        *command,
        kind,
        "-mmt=1",
        "-bd",
        "-bso0" if command[0] == "x" else "-bso1",
        "-p-",
        "--",
        "{archive}",
        *names,
    )
    try:
        ran = program.run(arguments, archive.descriptor, scratch, Limits(file_bytes=most))
    except Absent as absent:
        return _unopened(archive, str(absent), absent.remedy)
    except OSError as error:
        return _unopened(
            archive, error.strerror or "no scratch file", "set TMPDIR to a folder with room, then vet again"
        )
    if ran.code == 0:
        return None
    spent = ran.code < 0
    said = " ".join(ran.complaint.split())[:300]
    return new_problem(
        kind=ProblemKind.LIMIT if spent else ProblemKind.DAMAGED,
        where=archive.where,
        expected=f"at most {most:,} bytes within the time of a worker"
        if spent
        else "an archive that 7-Zip reads whole",
        observed=f"7-Zip was ended by signal {-ran.code}" if spent else f"exit code {ran.code}: {said}",
        effect="what is inside (or left of it) was not looked at",
        action="treat the archive as hostile or damaged; ask its publisher",
    )


def _unopened(archive: Archive, observed: str, remedy: str) -> Problem:
    return new_problem(
        kind=ProblemKind.UNSUPPORTED,
        where=archive.where,
        expected=f"the pinned 7-Zip, which opens {archive.format}",
        observed=observed,
        effect="what is inside was not looked at",
        action=remedy,
    )


def _all_failed(headers: Sequence[Header], problem: Problem) -> Iterator[Unfolded]:
    for header in headers:
        yield Unfolded(header=header, problems=(placed(header.path, problem),))


def _crc(header: Header, observed: int) -> Problem:
    return new_problem(
        kind=ProblemKind.DAMAGED,
        where=header.path,
        expected=f"CRC-32 {header.crc32:#010x} as declared",
        observed=f"{observed:#010x}",
        effect="this content may be another one's: it was looked at as it came",
        action="fetch the file again and compare its SHA-256; if it is the same, ask its publisher",
    )


def _not_told_apart(header: Header, same: int) -> Problem:
    return new_problem(
        kind=ProblemKind.UNSUPPORTED,
        where=header.path,
        expected="a name of its own, or sizes that the archive states"
        if same > 1
        else f"at most {ONE_BY_ONE} members of no stated size",
        observed=f"{same} members of this name" if same > 1 else "more",
        effect="the content of this member was not looked at",
        action="unpack the archive with its own program in a sandbox and vet the folder",
    )


def _longer(header: Header, size: int) -> Problem:
    return new_problem(
        kind=ProblemKind.LIMIT,
        where=header.path,
        expected=f"{max(header.size, 0):,} bytes as declared",
        observed=f"{size:,} and more",
        effect="the content of this member was not looked at",
        action="treat the archive as hostile unless its publisher explains it",
    )
