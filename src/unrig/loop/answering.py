"""From the results of a case to its answers: documents written, checked, and kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import PurePath

import msgspec
from msgspec import Struct

from unrig.loop.keeping import Keeper, once
from unrig.loop.steps import of_bytes
from unrig.model.results import CaseResult, HuntResult, RespondResult, Result, ScopeResult, Stats, VetResult
from unrig.respond.digest import RespondRequest
from unrig.respond.pipeline import RespondOutcome
from unrig.store import case_folder


class Said(Struct, frozen=True, kw_only=True):
    """What the verbs said in a case."""

    vets: tuple[VetResult, ...]
    hunt: HuntResult | None = None
    scope: ScopeResult | None = None
    case: CaseResult | None = None


def newest(results: Sequence[Result]) -> Said:
    """Return all vetted releases (each once, its last result) and the last result of every other verb."""
    vets = {result.release.sha256: result for result in results if isinstance(result, VetResult)}
    hunts = [result for result in results if isinstance(result, HuntResult)]
    scopes = [result for result in results if isinstance(result, ScopeResult)]
    cases = [result for result in results if isinstance(result, CaseResult)]
    return Said(
        vets=tuple(vets.values()),
        hunt=hunts[-1] if hunts else None,
        scope=scopes[-1] if scopes else None,
        case=cases[-1] if cases else None,
    )


def request_of(
    said: Said, fix: VetResult | None, *, case_id: str, title: str, at: dt.datetime, version: str
) -> RespondRequest:
    """Return what respond is asked: the results, and what vet said of the build that shall replace the rigged one."""
    return RespondRequest(
        case_id=case_id,
        title=title,
        vets=said.vets,
        hunt=said.hunt,
        scope=said.scope,
        case=said.case,
        fix=fix,
        generated_at=at,
        unrig_version=version,
    )


def answer(
    keeper: Keeper, request: RespondRequest, respond: Callable[[RespondRequest], RespondOutcome]
) -> RespondResult:
    """Write the documents (those that were deleted come back with the same bytes) and keep the result once."""
    outcome = respond(request)
    for written in outcome.files:
        case_folder.write_derived(keeper.case, PurePath(written.path).name, written.content)
    inputs = (of_bytes("answers", msgspec.json.encode(_lasting(request))),)
    return once(keeper, "respond", inputs, RespondResult, lambda: outcome.result)


def _lasting(request: RespondRequest) -> RespondRequest:
    """Return the request without what differs between two runs over the same bytes: the fix is vetted each time."""
    if request.fix is None:
        return request
    fix = msgspec.structs.replace(request.fix, generated_at=request.generated_at, stats=Stats())
    return msgspec.structs.replace(request, fix=fix)
