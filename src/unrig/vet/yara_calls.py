"""What the parent asks of a worker about YARA rules, without the engine: importing it is the worker's business."""

from __future__ import annotations

from msgspec import Struct

from unrig.sandbox.call import Call


class YaraPack(Struct, frozen=True, kw_only=True):
    """One pack of rules."""

    sha256: str
    name: str
    text: str


class Source(Struct, frozen=True, kw_only=True):
    """The rules of one pack."""

    sha256: str
    origin: str
    """What errors call the file."""
    text: str


class CompileRequest(Struct, frozen=True, kw_only=True):
    """Compile the sources behind descriptor 0 (msgpack) and write the rules to descriptor 1."""


class Rejected(Struct, frozen=True, kw_only=True):
    """A rule, or what else of a source, that cannot be compiled."""

    origin: str
    rule: str
    line: int
    what: str


class Compiled(Struct, frozen=True, kw_only=True):
    """How compiling went; the rules themselves are in the file."""

    size: int
    rejected: tuple[Rejected, ...] = ()


COMPILE = Call(function="unrig.vet.yara_worker:compile_rules", argument=CompileRequest, result=Compiled)
