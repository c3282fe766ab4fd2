"""Claims files: who said what, in TOML that a person can write, one `[[claim]]`, `[[name]]` or `[[hypothesis]]` each.

    [[claim]]
    id = "vendor-first"             organisation = "Some Vendor"    reliability = "B"    # Admiralty, A to F
    said = "2023-03"                read = "2026-11-23"             about = "Product 1.2"
    relation = "first_seen"         value = "2023-03-22"            words = "stated"
    credibility = 2                 basis = "own_telemetry"         cites = []           # ids of other claims
    quote = ""                      reference = "Title, address"    tlp = "clear"

(one field a line in a file). A moment's text says how exact it is: see `model.moment_text`. A name that belongs to a
naming scheme is written `scheme:name`. A file is untrusted: an entry that is not as it should be is a problem and
hides no other; only a file that is no TOML, or is too large, is an error.
"""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct, field

from unrig.model import moment_text
from unrig.model.claim import Claim, ClaimBasis, Hypothesis, NameRelation, Speaker
from unrig.model.errors import FormatError, LimitError
from unrig.model.moment import Moment
from unrig.model.problem import Problem, ProblemKind, new_problem

MAX_BYTES = 4 << 20
"""Room for some 8,000 claims; the public claims of the largest known case are about 40."""
MAX_LINE_BYTES = 8 << 10
"""Bounds the dotted keys and nested arrays of one line, on which tomllib spends quadratic time or its stack."""
MAX_ENTRIES = 10_000

Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(max_length=1000)]
Quote = Annotated[str, Meta(max_length=300)]
Tlp = Literal["clear", "green", "amber", "amber+strict", "red"]


class ClaimsFile(Struct, frozen=True, kw_only=True):
    """What one claims file says, in its order, and the entries that could not be taken."""

    claims: tuple[Claim, ...] = ()
    names: tuple[NameRelation, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    problems: tuple[Problem, ...] = ()


class _ClaimEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Id
    organisation: Name
    reliability: Literal["A", "B", "C", "D", "E", "F"]
    said: str
    read: str
    about: Name
    relation: Annotated[str, Meta(pattern=r"^[a-z][a-z_]{0,49}$")]
    value: Text
    words: Name
    credibility: Annotated[int, Meta(ge=1, le=6)]
    basis: ClaimBasis
    cites: Annotated[tuple[Id, ...], Meta(max_length=100)] = ()
    quote: Quote = ""
    reference: Text = ""
    tlp: Tlp = "clear"


class _NameEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    subject: Name
    object: Name
    kind: Literal["same_as", "overlaps", "subset_of", "disputed"]
    scheme: Name
    source: Name
    said: str


class _HypothesisEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Id
    statement: Text
    evidence_for: tuple[Id, ...] = field(name="for", default=())
    evidence_against: tuple[Id, ...] = field(name="against", default=())
    likelihood: Name


Entry = TypeVar("Entry", _ClaimEntry, _NameEntry, _HypothesisEntry)
Taken = TypeVar("Taken", Claim, NameRelation, Hypothesis)


class _Refused(Exception):  # noqa: N818 - caught a few lines below, never seen outside
    def __init__(self, field_name: str, expected: str, observed: str) -> None:
        super().__init__(field_name)
        self.field_name = field_name
        self.expected = expected
        self.observed = observed[:120]


def read_sealed(argument: str, descriptors: tuple[int, ...]) -> ClaimsFile:
    """Return what the claims file open as the only descriptor says; `argument` is what a person calls it."""
    (descriptor,) = descriptors
    with os.fdopen(os.dup(descriptor), "rb") as file:
        return parse(file.read(MAX_BYTES + 1), argument)


def parse(data: bytes, name: str) -> ClaimsFile:
    """Return what a claims file says; `name` is what a person calls it.

    Raises FormatError where it is no TOML with the three tables, LimitError where it is too large to be read.
    """
    tables = _tables(_text(data, name), name)
    claims = _Table("claim", name, tables.get("claim", []))
    names = _Table("name", name, tables.get("name", []))
    hypotheses = _Table("hypothesis", name, tables.get("hypothesis", []))
    return ClaimsFile(
        claims=claims.take(_ClaimEntry, _claim),
        names=names.take(_NameEntry, _name),
        hypotheses=hypotheses.take(_HypothesisEntry, _hypothesis),
        problems=(*claims.problems, *names.problems, *hypotheses.problems),
    )


def write(file: ClaimsFile) -> bytes:
    """Return the claims file that `parse` reads back as the same; problems are not written."""
    parts = [
        *(_written("claim", _claim_entry(claim)) for claim in file.claims),
        *(_written("name", _name_entry(relation)) for relation in file.names),
        *(_written("hypothesis", _hypothesis_entry(hypothesis)) for hypothesis in file.hypotheses),
    ]
    return "\n".join(parts).encode()


class _Table:
    """The entries of one kind, and the problems found while taking them."""

    def __init__(self, kind: str, name: str, entries: Sequence[object]) -> None:
        self.kind = kind
        self.name = name
        self.entries = entries
        self.problems: list[Problem] = []

    def take(self, form: type[Entry], build: Callable[[Entry], Taken]) -> tuple[Taken, ...]:
        """Return the entries that are as they should be, the first of each id."""
        taken: dict[str, Taken] = {}
        for number, entry in enumerate(self.entries, 1):
            try:
                built = build(_decoded(entry, form))
                if built.id in taken:
                    raise _Refused("id", "an id no other entry of the file has", repr(built.id))  # noqa: TRY301 - one way out
                taken[built.id] = built
            except _Refused as refusal:
                self.problems.append(self._problem(number, refusal))
        return tuple(taken.values())

    def _problem(self, number: int, refusal: _Refused) -> Problem:
        return new_problem(
            kind=ProblemKind.FORMAT,
            where=f"{self.name}: {self.kind} {number}, field {refusal.field_name}",
            expected=refusal.expected,
            observed=refusal.observed,
            effect=f"this {self.kind} is not part of the case",
            action="correct the entry and give the file again",
        )


def _text(data: bytes, name: str) -> str:
    if len(data) > MAX_BYTES:
        raise LimitError(name, f"{MAX_BYTES} bytes", f"at least {len(data)} bytes")
    longest = max(map(len, data.split(b"\n")))
    if longest > MAX_LINE_BYTES:
        raise LimitError(name, f"{MAX_LINE_BYTES} bytes a line", f"a line of {longest} bytes")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise FormatError(f"{name}: byte {error.start}", "UTF-8", error.reason) from None


def _tables(text: str, name: str) -> Mapping[str, Sequence[object]]:
    try:
        top: Mapping[str, object] = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOMLDecodeError is a ValueError; so is an integer of 5,000 digits
        raise FormatError(name, "TOML", str(error)) from None
    return {key: _entries(key, value, name) for key, value in top.items()}


def _entries(key: str, value: object, name: str) -> Sequence[object]:
    if key not in {"claim", "name", "hypothesis"} or not isinstance(value, list):
        raise FormatError(name, "[[claim]], [[name]] and [[hypothesis]] tables only", f"the key {key!r}"[:120])
    if len(value) > MAX_ENTRIES:
        raise LimitError(name, f"{MAX_ENTRIES} entries of a kind", f"{len(value)} of kind {key}")
    return value


_AT = re.compile(r" - at `\$\.?([^`\[]*)[^`]*`$")
_NAMED = re.compile(r"^Object (missing required|contains unknown) field `([^`]*)`")


def _decoded(entry: object, form: type[Entry]) -> Entry:
    try:
        decoded = msgspec.convert(entry, form)
    except msgspec.ValidationError as error:
        raise _refusal(str(error), entry) from None
    for key, text in _texts(msgspec.to_builtins(decoded)):
        if not text.isprintable():
            raise _Refused(key, "printable characters only", repr(text))
    return decoded


def _refusal(message: str, entry: object) -> _Refused:
    fields = entry if isinstance(entry, dict) else {}
    if (named := _NAMED.match(message)) and named[1] == "missing required":
        return _Refused(named[2], "a value", "nothing")
    if named:
        return _Refused(named[2], "no such field", repr(fields.get(named[2])))
    at = _AT.search(message)
    key = at[1] if at else ""
    found = fields.get(key) if key else entry
    return _Refused(key or "(all)", message[: at.start()] if at else message, repr(found))


def _texts(entry: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    return ((key, value) for key, value in entry.items() if isinstance(value, str))


def _moment(text: str, field_name: str) -> Moment:
    moment = moment_text.parse(text)
    if moment is None:
        raise _Refused(field_name, moment_text.GRAMMAR, repr(text))
    return moment


def _claim(entry: _ClaimEntry) -> Claim:
    return Claim(
        id=entry.id,
        source=Speaker(organisation=entry.organisation, reliability=entry.reliability),
        said=_moment(entry.said, "said"),
        read=_moment(entry.read, "read"),
        about=entry.about,
        relation=entry.relation,
        value=entry.value,
        words=entry.words,
        credibility=entry.credibility,
        basis=entry.basis,
        cites=entry.cites,
        quote=entry.quote,
        reference=entry.reference,
        tlp=entry.tlp,
    )


def _claim_entry(claim: Claim) -> dict[str, object]:
    fields: dict[str, object] = {"id": claim.id, **msgspec.to_builtins(claim.source)}
    fields |= {"said": moment_text.write(claim.said), "read": moment_text.write(claim.read)}
    return fields | {key: value for key, value in msgspec.to_builtins(claim).items() if key not in {*fields, "source"}}


def _name(entry: _NameEntry) -> NameRelation:
    said = _moment(entry.said, "said")
    keys = (entry.subject, entry.object, entry.kind, entry.scheme, entry.source, entry.said)
    return NameRelation(
        id=hashlib.sha256("\n".join(("name", *keys)).encode()).hexdigest()[:16],
        subject=entry.subject,
        object=entry.object,
        kind=entry.kind,
        scheme=entry.scheme,
        source=entry.source,
        said=said,
    )


def _name_entry(relation: NameRelation) -> dict[str, object]:
    fields: dict[str, object] = {**msgspec.to_builtins(relation), "said": moment_text.write(relation.said)}
    return {key: value for key, value in fields.items() if key != "id"}


def _hypothesis(entry: _HypothesisEntry) -> Hypothesis:
    return Hypothesis(
        id=entry.id,
        statement=entry.statement,
        evidence_for=entry.evidence_for,
        evidence_against=entry.evidence_against,
        likelihood=entry.likelihood,
    )


def _hypothesis_entry(hypothesis: Hypothesis) -> dict[str, object]:
    renamed = {"evidence_for": "for", "evidence_against": "against"}
    return {renamed.get(key, key): value for key, value in msgspec.to_builtins(hypothesis).items()}


def _written(kind: str, fields: Mapping[str, object]) -> str:
    # a JSON string of printable characters, a number, or an array of them, is TOML too (TOML 1.0, String, Array)
    return f"[[{kind}]]\n" + "".join(
        f"{key} = {msgspec.json.encode(value).decode()}\n" for key, value in fields.items()
    )
