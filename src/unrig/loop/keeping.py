"""Running a step of the loop once: what the case holds already, for the same inputs, is not done again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import TypeVar

from msgspec import Struct

from unrig.model.results import CaseResult, HuntResult, RespondResult, ScopeResult, VetResult
from unrig.report.render import to_json
from unrig.store import case_folder
from unrig.store.case_folder import CaseFolder, Step, StepInput

R = TypeVar("R", VetResult, HuntResult, ScopeResult, CaseResult, RespondResult)


class Keeper(Struct, kw_only=True):
    """The open case, and which steps were found done in it; the one value here that grows."""

    case: CaseFolder
    at: dt.datetime
    resumed: list[str] = []


def once(keeper: Keeper, verb: str, inputs: Iterable[StepInput], kind: type[R], run: Callable[[], R]) -> R:
    """Return the case's result of this very step, else run it and keep its document."""
    step = Step(verb=verb, inputs=tuple(inputs), at=keeper.at)
    found = case_folder.find_result(keeper.case, step)
    if found is not None and isinstance(found.document, kind):
        keeper.resumed.append(verb)
        return found.document
    result = run()
    case_folder.add_result(keeper.case, step, to_json(result))
    return result
