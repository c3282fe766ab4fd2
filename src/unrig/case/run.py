"""`unrig case DIR`: keep the claims given, derive the case, keep its document and what is derived from it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from unrig.case.collect import Collected, ReadClaims, collect
from unrig.case.pipeline import derive
from unrig.model.results import CaseResult
from unrig.store import case_folder
from unrig.store.case_folder import CaseFolder, Step, StepInput, open_case


class GivenClaims(Struct, frozen=True, kw_only=True):
    """A claims file as the user gave it."""

    name: str
    data: bytes


class CaseRun(Struct, frozen=True, kw_only=True):
    """What `unrig case` is asked for."""

    folder: Path
    claims: tuple[GivenClaims, ...] = ()
    at: dt.datetime
    """When the document is generated (`SOURCE_DATE_EPOCH` where set)."""


def run(request: CaseRun, read_claims: ReadClaims) -> CaseResult:
    """Return the case, and leave its document and derived files in the folder; the same inputs add no second one.

    Raises UsageError and FormatError as `open_case` does.
    """
    with open_case(request.folder) as case:
        keep_claims(case, request.claims, request.at)
        collected = collect(case, request.at, read_claims)
        result = _done(case, collected, request.at) or derive(collected.inputs)
        if not case.read_only:
            _keep(case, collected, result)
    return result


def keep_claims(case: CaseFolder, given: Iterable[GivenClaims], at: dt.datetime) -> None:
    """Add the claims files that the case does not hold yet, by their bytes."""
    held = {entry.result_sha256 for entry, _ in case_folder.claims(case)}
    for file in given:
        sha256 = hashlib.sha256(file.data).hexdigest()
        if sha256 not in held:
            held.add(sha256)
            step = Step(verb="claims", inputs=(StepInput(name=file.name, sha256=sha256),), at=at)
            case_folder.add_claims(case, step, file.data)


def _step(collected: Collected, at: dt.datetime) -> Step:
    return Step(verb="case", inputs=collected.read, at=at)


def _done(case: CaseFolder, collected: Collected, at: dt.datetime) -> CaseResult | None:
    found = case_folder.find_result(case, _step(collected, at))
    return found.document if found is not None and isinstance(found.document, CaseResult) else None


def _keep(case: CaseFolder, collected: Collected, result: CaseResult) -> None:
    step = _step(collected, result.generated_at)
    if case_folder.find_result(case, step) is None:
        case_folder.add_result(case, step, _document(result))
    for name, part in (("timeline", result.timeline), ("stages", result.stages), ("edges", result.edges)):
        case_folder.write_derived(case, f"{name}.json", _document(part))


def _document(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
