"""What a sealed worker does with the bytes of a release: list containers, read facts, spill members to disk.

Each function here is a task of the sandbox: `f(argument, descriptors) -> result`. It opens nothing by
name; the parent hands it descriptors.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from typing import BinaryIO

import msgspec
from msgspec import Struct

from unrig.formats.compressed_stream import stored
from unrig.formats.sniff import sniff
from unrig.model.budget import Budget
from unrig.model.errors import FormatError, LimitError
from unrig.model.fact import Extractor, Fact, Stage
from unrig.model.member import Member
from unrig.model.problem import Problem, ProblemKind, new_problem
from unrig.model.yara import YaraFacts
from unrig.sandbox.call import Call
from unrig.unpack import CONTAINERS
from unrig.unpack.budget import damaged, limited
from unrig.unpack.streams import opened, problems_of
from unrig.vet.facts import EXTRACTORS

IN_MEMORY = 64 << 20
"""A member up to this size is read into memory; a larger one is spilled to disk and mapped (peak memory, contract)."""
CHUNK = 1 << 20


class SurveyRequest(Struct, frozen=True, kw_only=True):
    """List the members of the container behind descriptor 0."""

    format: str


class Header(Struct, frozen=True, kw_only=True):
    """One member as listed, not yet read."""

    path: str
    size: int
    index: int
    offset: int
    kind: str
    part: int = 0
    """Members of one part are packed together."""
    start: int = 0
    """Where it begins in its part."""
    crc32: int = -1
    """To be checked by whoever unpacks it; -1 where there is none."""


class Survey(Struct, frozen=True, kw_only=True):
    """What a container lists, and what it lists badly."""

    headers: tuple[Header, ...]
    problems: tuple[Problem, ...]


class ReadRequest(Struct, frozen=True, kw_only=True):
    """Read one member (`index`) of the container behind descriptor 0, or the plain file there (`format` empty).

    Of a plain file, `size` bytes from `offset` on; all of it where `size` is negative.
    """

    format: str = ""
    index: int = -1
    sha256: str = ""
    """Of a plain file, where the parent knows it already."""
    most: int = 0
    """Bytes that a member may give before it counts as a bomb."""
    offset: int = 0
    size: int = -1
    stage: Stage = "base"
    """Which extractors read it: those for every file, or those for files that are compared."""
    rules: str = ""
    """Reader of the YARA rules behind the last descriptor; empty where none are in force."""


class ReadResult(Struct, frozen=True, kw_only=True):
    """What one file is and says. `too_large`: it must be spilled first; nothing else is filled then."""

    sha256: str = ""
    size: int = 0
    format: str = ""
    facts: tuple[Fact, ...] = ()
    problems: tuple[Problem, ...] = ()
    too_large: bool = False


class SpillRequest(Struct, frozen=True, kw_only=True):
    """Write one member of the container behind descriptor 0 to descriptor 1, or a range of the plain file there."""

    format: str
    index: int
    most: int
    """Bytes that the member may give before it counts as a bomb; the length of a range."""
    offset: int = 0
    """Of a range, where `format` is empty."""


class Spilled(Struct, frozen=True, kw_only=True):
    """How much was written, its hash, and what was wrong with the content."""

    size: int
    sha256: str
    problems: tuple[Problem, ...] = ()


class UnfoldRequest(Struct, frozen=True, kw_only=True):
    """Write members of the container behind descriptor 0 to descriptor 1, one behind the other, in this order."""

    format: str
    members: tuple[tuple[int, int], ...]
    """Index, and bytes that the member may give before it counts as a bomb."""


class Plain(Struct, frozen=True, kw_only=True):
    """Where the plain bytes of one member stand, and what was wrong with it; none of them where it has a failure."""

    index: int
    offset: int
    size: int
    problems: tuple[Problem, ...] = ()
    failed: bool = False


SURVEY = Call(function="unrig.vet.reading:survey", argument=SurveyRequest, result=Survey)
READ = Call(function="unrig.vet.reading:read", argument=ReadRequest, result=ReadResult)
SPILL = Call(function="unrig.vet.reading:spill", argument=SpillRequest, result=Spilled)
UNFOLD = Call(function="unrig.vet.reading:unfold", argument=UnfoldRequest, result=tuple[Plain, ...])


def survey(argument: SurveyRequest, descriptors: tuple[int, ...]) -> Survey:
    """List a container. Raises FormatError or LimitError where it has no readable directory at all."""
    headers: list[Header] = []
    problems: list[Problem] = []
    for entry in _members(argument.format, descriptors[0]):
        if isinstance(entry, Problem):
            problems.append(entry)
        else:
            headers.append(
                Header(
                    path=entry.path,
                    size=entry.size,
                    index=entry.index,
                    offset=entry.offset,
                    kind=entry.kind,
                    part=entry.part,
                    start=entry.start,
                    crc32=entry.crc32,
                )
            )
    return Survey(headers=_apart(headers), problems=tuple(problems))


def _apart(headers: Iterable[Header]) -> tuple[Header, ...]:
    """Give each further member of the same path a path of its own: two artifacts must never share an id.

    In a label `%` stands before two hexadecimal digits, so that no member can be called like that.
    """
    seen: Counter[str] = Counter()
    apart: list[Header] = []
    for header in headers:
        seen[header.path] += 1
        again = seen[header.path]
        apart.append(header if again == 1 else msgspec.structs.replace(header, path=f"{header.path}%#{again}"))
    return tuple(apart)


def read(argument: ReadRequest, descriptors: tuple[int, ...]) -> ReadResult:
    """Read one file whole and let every extractor that applies say what it says, and YARA rules where there are any."""
    if argument.index < 0:
        data = mapped(descriptors[0], argument.offset, argument.size)
        return _scanned(argument, descriptors, data, _facts_of(data, argument.sha256, (), argument.stage))
    member = _member(argument.format, argument.index, descriptors[0])
    with member.open() as stream:
        content = _read_up_to(stream, IN_MEMORY, argument.most)
        if content is None:
            return ReadResult(too_large=True)
        data = memoryview(content)
        return _scanned(argument, descriptors, data, _facts_of(data, "", problems_of(stream), argument.stage))


def _scanned(argument: ReadRequest, descriptors: tuple[int, ...], data: memoryview, result: ReadResult) -> ReadResult:
    """Return the result with what YARA rules say of the bytes, where the request names any."""
    if not argument.rules:
        return result
    from unrig.vet.yara_worker import scan  # noqa: PLC0415  (preloaded only where rules are in force)

    asked = Extractor(
        id=argument.rules, version=1, formats=(), fills=YaraFacts, extract=lambda bytes_: scan(bytes_, descriptors[-1])
    )
    return msgspec.structs.replace(result, facts=(*result.facts, _extract(asked, data, result.sha256)))


def spill(argument: SpillRequest, descriptors: tuple[int, ...]) -> Spilled:
    """Copy one member to a file that the parent made. The file-size limit of the sandbox bounds it."""
    digest, size = hashlib.sha256(), 0
    with _content(argument, descriptors[0]) as stream, os.fdopen(os.dup(descriptors[1]), "wb") as target:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            _within(size, argument.most)
            target.write(chunk)
        complaints = problems_of(stream)
    return Spilled(size=size, sha256=digest.hexdigest(), problems=complaints)


def _content(argument: SpillRequest, descriptor: int) -> BinaryIO:
    if argument.format:
        return _member(argument.format, argument.index, descriptor).open()
    return opened(stored(mapped(descriptor, argument.offset, argument.most)), "range", Budget())


def unfold(argument: UnfoldRequest, descriptors: tuple[int, ...]) -> tuple[Plain, ...]:
    """Copy members one behind the other to a file that the parent made; one that fails costs itself alone."""
    found: list[Plain] = []
    with os.fdopen(os.dup(descriptors[1]), "wb") as target:
        for index, most in argument.members:
            member = _member(argument.format, index, descriptors[0])
            start = target.tell()
            found.append(_unfolded(member, most, target))
            if found[-1].failed:
                target.seek(start)
                target.truncate()
    return tuple(found)


def _unfolded(member: Member, most: int, target: BinaryIO) -> Plain:
    """Write one member's content where the file stands, and return where that is."""
    start, size = target.tell(), 0
    try:
        with member.open() as stream:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                _within(size, most)
                target.write(chunk)
            return Plain(index=member.index, offset=start, size=size, problems=problems_of(stream))
    except FormatError as error:
        problem = damaged(member.path, error, "the content of this member was not looked at")
    except LimitError as error:
        problem = limited(member.path, error)
    return Plain(index=member.index, offset=start, size=0, problems=(problem,), failed=True)


def solid_formats() -> frozenset[str]:
    """Return the formats whose members are unpacked together."""
    return frozenset(name for container in CONTAINERS if container.solid for name in container.formats)


def host_formats() -> frozenset[str]:
    """Return the formats that are more than containers."""
    return frozenset(name for container in CONTAINERS if container.host for name in container.formats)


def program_formats() -> dict[str, str]:
    """Return the formats that the pinned program opens, with what it calls them."""
    return {name: known for container in CONTAINERS for name, known in container.program.items()}


class CheckRequest(Struct, frozen=True, kw_only=True):
    """Work out the CRC-32 of ranges of the file behind descriptor 0."""

    ranges: tuple[tuple[int, int], ...]


CHECK = Call(function="unrig.vet.reading:check", argument=CheckRequest, result=tuple[int, ...])


def check(argument: CheckRequest, descriptors: tuple[int, ...]) -> tuple[int, ...]:
    """Return the CRC-32 of each range."""
    return tuple(zlib.crc32(mapped(descriptors[0], offset, size)) for offset, size in argument.ranges)


@cache
def container_formats() -> frozenset[str]:
    """Return the formats that some container unit opens."""
    return frozenset(name for container in CONTAINERS for name in container.formats)


def extractors_for(file_format: str, stage: Stage = "base") -> tuple[Extractor, ...]:
    """Return the extractors of a stage that apply to a format; those that name none apply to all that is no container.

    (The strings of a compressed container are those of its members, which are read one by one.)
    """
    whole = file_format not in container_formats() or file_format in host_formats()
    staged = (e for e in EXTRACTORS if e.stage == stage)
    return tuple(e for e in staged if file_format in e.formats or (not e.formats and whole))


def _facts_of(data: memoryview, sha256: str, problems: tuple[Problem, ...], stage: Stage = "base") -> ReadResult:
    digest = sha256 or hashlib.sha256(data).hexdigest()
    file_format = sniff(data)
    facts = tuple(_extract(extractor, data, digest) for extractor in extractors_for(file_format, stage))
    return ReadResult(sha256=digest, size=len(data), format=file_format, facts=facts, problems=problems)


def _extract(extractor: Extractor, data: memoryview, sha256: str) -> Fact:
    """Return what one extractor says; an input that lies is a fact too, with a problem for a value."""
    try:
        value, failure = msgspec.msgpack.encode(extractor.extract(data)), None
    except FormatError as error:
        value, failure = (
            b"",
            _reader_problem(extractor, ProblemKind.FORMAT, error.where, error.expected, error.observed),
        )
    except LimitError as error:
        value, failure = b"", _reader_problem(extractor, ProblemKind.LIMIT, error.where, error.limit, error.observed)
    return Fact(sha256=sha256, reader=extractor.id, reader_version=extractor.version, value=value, problem=failure)


def _reader_problem(extractor: Extractor, kind: ProblemKind, where: str, expected: str, observed: str) -> Problem:
    effect = f"no {extractor.id} facts: the rules that read them are not evaluated for this file"
    return new_problem(
        kind=kind,
        where=where,
        expected=expected,
        observed=observed,
        effect=effect,
        action="look at the file by other means",
    )


def _members(file_format: str, descriptor: int) -> Iterator[Member | Problem]:
    unit = next(c for c in CONTAINERS if file_format in c.formats)
    return unit.members(mapped(descriptor), Budget())


def _member(file_format: str, index: int, descriptor: int) -> Member:
    """Return a member; its container is listed once a worker, however many of its members the worker is asked for."""
    status = os.fstat(descriptor)
    key = (status.st_dev, status.st_ino, status.st_size, file_format)
    if key not in _LISTED:
        listed = (entry for entry in _members(file_format, descriptor) if isinstance(entry, Member))
        _LISTED[key] = {member.index: member for member in listed}
    try:
        return _LISTED[key][index]
    except KeyError:
        raise FormatError(f"member {index}", "a member listed as before", "none") from None


_LISTED: dict[tuple[int, int, int, str], dict[int, Member]] = {}
"""Lives as long as a worker: one batch."""


def mapped(descriptor: int, offset: int = 0, size: int = -1) -> memoryview:
    """Return a file, or `size` bytes of it, mapped."""
    if size == 0 or os.fstat(descriptor).st_size == 0:
        return memoryview(b"")
    before = offset % mmap.ALLOCATIONGRANULARITY
    length = before + size if size > 0 else 0
    try:
        return memoryview(mmap.mmap(descriptor, length, access=mmap.ACCESS_READ, offset=offset - before))[before:]
    except OSError as error:  # the address space of a worker is limited
        size = os.fstat(descriptor).st_size
        raise LimitError("file", "what a sealed worker may map into its memory", f"{size:,} bytes") from error
    except ValueError as error:
        raise FormatError("file", "a file that stays as it is while it is read", "it shrank") from error


def _read_up_to(stream: BinaryIO, limit: int, most: int) -> bytearray | None:
    content = bytearray()
    while chunk := stream.read(CHUNK):
        content += chunk
        _within(len(content), most)
        if len(content) > limit:
            return None
    return content


def _within(size: int, most: int) -> None:
    """Raise LimitError where a member gives more than it may."""
    if size > most:
        raise LimitError("content", f"{most:,} bytes by what the container declares", f"{size:,} and more")
