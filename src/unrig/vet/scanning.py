"""YARA rules of the packs in force: compiled once, kept in the cache, and handed to the workers that read files.

What rules say about a file is a fact like any other, under a reader that names the set of packs and the version of the
engine: a warm run scans nothing, and another pack scans what it has not seen.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import msgspec
from msgspec import Struct

from unrig.model.problem import Problem, ProblemKind, new_problem
from unrig.sandbox.ask import ask
from unrig.sandbox.call import Item
from unrig.sandbox.pool import Pool
from unrig.store import atomic
from unrig.vet.reading import ReadRequest
from unrig.vet.unfolding import scratch_file
from unrig.vet.yara_calls import COMPILE, CompileRequest, Source, YaraPack

READER = "yara"
KEPT = 32
"""Sets of compiled rules in the cache; the least recently used go."""


class Rules(Struct, frozen=True, kw_only=True):
    """Compiled rules, open for the workers."""

    reader: str
    """Id under which facts about them are kept."""
    descriptor: int


class Prepared(Struct, frozen=True, kw_only=True):
    """The rules of a run, if any could be compiled, and those that could not."""

    rules: Rules | None = None
    problems: tuple[Problem, ...] = ()


class _Kept(Struct, frozen=True, kw_only=True):
    """What stands beside compiled rules in the cache."""

    sha256: str
    problems: tuple[Problem, ...]


@contextlib.contextmanager
def prepared(packs: Sequence[YaraPack], cache: Path, pool: Pool) -> Iterator[Prepared]:
    """Give the compiled rules of these packs, from the cache or from a sealed worker; nothing where there are no packs."""
    if not packs:
        yield Prepared()
        return
    ordered = sorted(packs, key=lambda pack: pack.sha256)
    engine = version("yara-x")
    name = hashlib.sha256("\n".join((engine, *(pack.sha256 for pack in ordered))).encode()).hexdigest()[:32]
    place = cache / "yara" / name
    with contextlib.ExitStack() as stack:
        kept = _recalled(place)
        if kept is None:
            made = _compiled(ordered, place, pool, stack)
            if isinstance(made, Problem):
                yield Prepared(problems=(made,))
                return
            descriptor, problems = made
        else:
            descriptor, problems = stack.enter_context(place.open("rb")).fileno(), kept.problems
        yield Prepared(rules=Rules(reader=f"{READER}:{name}", descriptor=descriptor), problems=problems)


def _recalled(place: Path) -> _Kept | None:
    """Return what is known of rules compiled before; None where they are not there, or not as they were written."""
    try:
        kept = msgspec.json.decode(_beside(place).read_bytes(), type=_Kept)
        with place.open("rb") as file:
            same = hashlib.file_digest(file, "sha256").hexdigest() == kept.sha256
        os.utime(_beside(place))
    except (OSError, msgspec.DecodeError):
        return None
    return kept if same else None


def _beside(place: Path) -> Path:
    return place.with_suffix(".json")


def _compiled(
    packs: Sequence[YaraPack], place: Path, pool: Pool, stack: contextlib.ExitStack
) -> tuple[int, tuple[Problem, ...]] | Problem:
    """Have a worker compile the packs; return the rules' descriptor and what was left out."""
    source, target = scratch_file(stack, "YARA rules"), scratch_file(stack, "YARA rules")
    if isinstance(source, Problem):
        return source
    if isinstance(target, Problem):
        return target
    sources = [Source(sha256=pack.sha256, origin=pack.name, text=pack.text) for pack in packs]
    with os.fdopen(os.dup(source), "wb") as file:
        file.write(msgspec.msgpack.encode(sources))
    os.lseek(source, 0, os.SEEK_SET)
    done = ask(pool, COMPILE, Item(argument=CompileRequest(), descriptors=(source, target), where="YARA rules"))
    if isinstance(done, Problem):
        return done
    problems = tuple(_left_out(one.origin, one.rule, one.line, one.what) for one in done.rejected)
    os.lseek(target, 0, os.SEEK_SET)
    with os.fdopen(os.dup(target), "rb") as file:
        content = file.read()
    _keep(place, content, problems)
    return target, problems


def _left_out(origin: str, rule: str, line: int, what: str) -> Problem:
    place = f"{origin or 'YARA rules'}{f', line {line}' if line else ''}{f': rule {rule}' if rule else ''}"
    return new_problem(
        kind=ProblemKind.NOT_EVALUATED,
        where=place,
        expected="a YARA rule that yara-x compiles",
        observed=what,
        effect="nothing was looked for by this rule; all others are in force",
        action="mend the rule in its pack, or leave it out",
    )


def _keep(place: Path, content: bytes, problems: tuple[Problem, ...]) -> None:
    """Put compiled rules into the cache; one that cannot be written costs only time."""
    kept = _Kept(sha256=hashlib.sha256(content).hexdigest(), problems=problems)
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        atomic.write(place, content)
        atomic.write(_beside(place), msgspec.json.encode(kept))
        known = sorted(place.parent.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in known[KEPT:]:
            old.with_suffix("").unlink(missing_ok=True)
            old.unlink(missing_ok=True)


def asking(request: ReadRequest, descriptors: tuple[int, ...], where: str, rules: Rules | None) -> Item[ReadRequest]:
    """Return the item that has a worker read a file, and look for the rules in it where there are any."""
    if rules is None:
        return Item(argument=request, descriptors=descriptors, where=where)
    wanted = msgspec.structs.replace(request, rules=rules.reader)
    return Item(argument=wanted, descriptors=(*descriptors, rules.descriptor), where=where)


def reader_of(rules: Rules | None) -> str:
    """Return the reader under which facts of these rules are kept; empty where there are none."""
    return rules.reader if rules else ""
