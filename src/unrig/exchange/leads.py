"""Leads as other tools and `unrig vet` hand them over: vet and leads documents, CSV, and STIX indicators.

Told by content: an object with `schema` is a document of unrig's, one of type `bundle` is STIX 2.1, and text whose first
line names the columns `kind` and `value` is CSV. A lead that cannot be read is a problem beside the others.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
import re
from collections.abc import Iterator

import msgspec
from msgspec import Raw, Struct

from unrig.exchange import stix
from unrig.model.errors import FormatError, LimitError
from unrig.model.identity import Identity
from unrig.model.lead import FileNameLead, HashLead, Lead, NetworkNameLead, UserAgentLead, lead_id
from unrig.model.levels import Answer
from unrig.model.moment import Window
from unrig.model.problem import Problem, ProblemKind, new_problem

MAX_BYTES = 256 << 20
"""A vet document with the manifests of a release of 100,000 files is a tenth of it."""
SCHEMAS = ("unrig.vet/1", "unrig.leads/1")
COLUMNS = ("kind", "value", "name", "since", "until")
KINDS = ("sha256", "sha1", "md5", "domain", "file_name", "user_agent")

_SHA256 = re.compile(r"[0-9a-f]{64}")
_WEAK = {"sha1": re.compile(r"[0-9a-f]{40}"), "md5": re.compile(r"[0-9a-f]{32}")}
"""Taken because lists and logs carry them; a hunt asks for them only where an event has no SHA-256."""
_STIX_KINDS = {
    "file:hashes.SHA-256": "sha256",
    "file:hashes.SHA-1": "sha1",
    "file:hashes.MD5": "md5",
    "domain-name:value": "domain",
    "file:name": "file_name",
}
_BOM = "\ufeff"


class LoadedLeads(Struct, frozen=True, kw_only=True):
    """The leads of a file, each id once, in the file's order, and what in it could not be read."""

    leads: tuple[Lead, ...]
    problems: tuple[Problem, ...]


class _Document(Struct, frozen=True, kw_only=True):
    schema: str = ""
    type: str = ""
    leads: tuple[Raw, ...] = ()


class _Row(Struct, frozen=True, kw_only=True):
    """One line of a CSV file."""

    kind: str
    value: str
    name: str = ""
    window: Window = Window()


def read_leads(data: bytes, name: str) -> LoadedLeads:
    """Return the leads in a file called `name`. Raises FormatError for what is none of the forms, LimitError over MAX_BYTES."""
    if len(data) > MAX_BYTES:
        raise LimitError(name, f"{MAX_BYTES} bytes", str(len(data)))
    found = tuple(_json(data, name) if data.lstrip()[:1] in {b"{", b"["} else _csv(data, name))
    leads = {lead.id: lead for lead in found if not isinstance(lead, Problem)}
    return LoadedLeads(
        leads=tuple(leads.values()), problems=tuple(problem for problem in found if isinstance(problem, Problem))
    )


def read_sealed(argument: str, descriptors: tuple[int, ...]) -> LoadedLeads:
    """Return the leads in the file open as the only descriptor; `argument` is what a person calls it."""
    (descriptor,) = descriptors
    with os.fdopen(os.dup(descriptor), "rb") as file:
        return read_leads(file.read(MAX_BYTES + 1), argument)


def _json(data: bytes, name: str) -> Iterator[Lead | Problem]:
    try:
        document = msgspec.json.decode(data, type=_Document)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(name, "a vet or leads document or a STIX bundle", str(error)) from error
    if document.type == "bundle" and not document.schema:
        return _bundle(data, name)
    if document.schema not in SCHEMAS:
        raise FormatError(f"{name}: $.schema", " or ".join(SCHEMAS), document.schema or "no schema")
    return _document(document.leads, name)


def _document(raw: tuple[Raw, ...], name: str) -> Iterator[Lead | Problem]:
    for index, each in enumerate(raw):
        try:
            yield msgspec.json.decode(each, type=Lead)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            yield _problem(f"{name}: $.leads[{index}]", "a lead of model.lead", str(error))


def _bundle(data: bytes, name: str) -> Iterator[Lead | Problem]:
    read = stix.read(data, name)
    yield from read.problems
    for each in read.bundle.objects:
        if isinstance(each, stix.Indicator):
            yield from _indicator(each, f"{name}: {each.id}")


def _indicator(indicator: stix.Indicator, where: str) -> Iterator[Lead | Problem]:
    """Take the alternatives of a pattern one by one; those that no lead can hold are problems."""
    found = stix.comparisons(indicator.pattern) if indicator.pattern_type == "stix" else ()
    if not found:
        expected = "a STIX pattern of equalities joined by OR"
        yield _problem(where, expected, indicator.pattern[:120], ProblemKind.UNSUPPORTED)
    for each in found:
        kind = _STIX_KINDS.get(each.path.replace("'", ""))
        if kind is None:
            expected = f"a comparison of {', '.join(sorted(_STIX_KINDS))}"
            yield _problem(where, expected, each.path, ProblemKind.UNSUPPORTED)
        else:
            yield _lead(_Row(kind=kind, value=each.value), where)


def _csv(data: bytes, name: str) -> Iterator[Lead | Problem]:
    try:
        text = data.decode("utf-8").removeprefix(_BOM)
    except UnicodeDecodeError as error:
        raise FormatError(f"{name}: byte {error.start}", "UTF-8", f"{data[error.start : error.start + 1]!r}") from error
    rows = csv.reader(text.splitlines())
    try:
        header = [cell.strip().lower() for cell in next(rows, [])]
    except csv.Error as error:
        raise FormatError(f"{name}: line 1", "a header", str(error)) from error
    if "kind" not in header or "value" not in header:
        raise FormatError(f"{name}: line 1", f"the columns {', '.join(COLUMNS)}", ",".join(header)[:120])
    return _csv_rows(rows, header, name)


def _csv_rows(rows: Iterator[list[str]], header: list[str], name: str) -> Iterator[Lead | Problem]:
    line = 1
    while True:
        line += 1
        where = f"{name}: line {line}"
        try:
            cells = next(rows, None)
        except csv.Error as error:
            yield _problem(where, "comma-separated values", str(error))
            continue
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            row = _row(dict(zip(header, (cell.strip() for cell in cells), strict=False)), where)
            yield row if isinstance(row, Problem) else _lead(row, where)


def _row(cells: dict[str, str], where: str) -> _Row | Problem:
    try:
        window = Window(since=_moment(cells.get("since", "")), until=_moment(cells.get("until", "")))
    except ValueError as error:
        return _problem(where, "a date or time of ISO 8601 in since and until", str(error))
    return _Row(
        kind=cells.get("kind", "").lower(), value=cells.get("value", ""), name=cells.get("name", ""), window=window
    )


def _lead(row: _Row, where: str) -> Lead | Problem:
    value = row.value
    identity = lead_id(row.kind, value.lower(), *(str(end) for end in (row.window.since, row.window.until) if end))
    match row.kind:
        case "sha256" if _SHA256.fullmatch(value.lower()):
            named = Identity(sha256=value.lower(), name=row.name, discriminates={"sha256": Answer.YES})
            return HashLead(id=identity, identity=named, window=row.window)
        case "sha1" | "md5" as kind if _WEAK[kind].fullmatch(value.lower()):
            weak = Identity(
                sha1=value.lower() if kind == "sha1" else "",
                md5=value.lower() if kind == "md5" else "",
                name=row.name,
                discriminates={kind: Answer.YES},
            )
            return HashLead(id=identity, identity=weak, window=row.window)
        case "domain" if value.strip("."):
            return NetworkNameLead(id=identity, suffix=value.lower().strip("."), window=row.window)
        case "file_name" if value:
            return FileNameLead(id=identity, name=value, window=row.window)
        case "user_agent" if value:
            return UserAgentLead(id=identity, pattern=value, window=row.window)
        case _:
            return _problem(where, f"a kind of {', '.join(KINDS)} with its value", f"{row.kind}: {value}"[:120])


def _moment(text: str) -> dt.datetime | None:
    if not text:
        return None
    moment = dt.datetime.fromisoformat(text)
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment


def _problem(where: str, expected: str, observed: str, kind: ProblemKind = ProblemKind.FORMAT) -> Problem:
    return new_problem(
        kind=kind,
        where=where,
        expected=expected,
        observed=observed,
        effect="this lead was not hunted, all others were",
        action="correct it, or leave it out",
    )
