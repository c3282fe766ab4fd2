"""Leads as other tools and `unrig vet` hand them over: vet and leads documents, CSV, and STIX indicators.

Told by content: an object with `schema` is a document of unrig's, one of type `bundle` is STIX 2.1, and text whose first
line names the columns `kind` and `value` is CSV. A lead that cannot be read is a problem beside the others.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator

import msgspec
from msgspec import Raw, Struct

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
KINDS = ("sha256", "domain", "file_name", "user_agent")

_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMPARISON = re.compile(
    r"""(file:hashes\.(?:'SHA-256'|"SHA-256"|SHA256)|domain-name:value|file:name)\s*=\s*'([^'\\]{1,1024})'""",
    re.IGNORECASE,
)
_BOM = "\ufeff"


class LoadedLeads(Struct, frozen=True, kw_only=True):
    """The leads of a file, each id once, in the file's order, and what in it could not be read."""

    leads: tuple[Lead, ...]
    problems: tuple[Problem, ...]


class _Document(Struct, frozen=True, kw_only=True):
    schema: str = ""
    type: str = ""
    leads: tuple[Raw, ...] = ()
    objects: tuple[Raw, ...] = ()


class _Indicator(Struct, frozen=True, kw_only=True):
    """A STIX object, as far as leads go (STIX 2.1, 4.7)."""

    type: str = ""
    id: str = ""
    pattern: str = ""
    pattern_type: str = "stix"
    revoked: bool = False


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


def _json(data: bytes, name: str) -> Iterator[Lead | Problem]:
    try:
        document = msgspec.json.decode(data, type=_Document)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(name, "a vet or leads document or a STIX bundle", str(error)) from error
    if document.type == "bundle" and not document.schema:
        return _bundle(document.objects, name)
    if document.schema not in SCHEMAS:
        raise FormatError(f"{name}: $.schema", " or ".join(SCHEMAS), document.schema or "no schema")
    return _document(document.leads, name)


def _document(raw: tuple[Raw, ...], name: str) -> Iterator[Lead | Problem]:
    for index, each in enumerate(raw):
        try:
            yield msgspec.json.decode(each, type=Lead)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            yield _problem(f"{name}: $.leads[{index}]", "a lead of model.lead", str(error))


def _bundle(raw: tuple[Raw, ...], name: str) -> Iterator[Lead | Problem]:
    for index, each in enumerate(raw):
        where = f"{name}: $.objects[{index}]"
        try:
            indicator = msgspec.json.decode(each, type=_Indicator)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            yield _problem(where, "a STIX object", str(error))
            continue
        if indicator.type == "indicator" and not indicator.revoked:
            yield from _indicator(indicator, where)


def _indicator(indicator: _Indicator, where: str) -> Iterator[Lead | Problem]:
    """Take the comparisons that a lead can hold; of a conjunction only the hash, which stands for all of it."""
    found = _COMPARISON.findall(indicator.pattern) if indicator.pattern_type == "stix" else []
    hashes = [value for path, value in found if "hashes" in path.lower()]
    names = [value for path, value in found if path.lower() == "file:name"]
    if not found or (" AND " in indicator.pattern and not hashes):
        expected = "a STIX pattern that compares a file's SHA-256 or name or a domain name"
        yield _problem(where, expected, indicator.pattern[:120] or "no pattern", ProblemKind.UNSUPPORTED)
        return
    for path, value in found:
        kind = "sha256" if "hashes" in path.lower() else "domain" if path.lower().startswith("domain") else "file_name"
        if kind == "sha256" or not hashes:
            yield _lead(_Row(kind=kind, value=value, name=names[0] if names else ""), where)


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
