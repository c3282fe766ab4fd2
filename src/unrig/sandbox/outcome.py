"""What a person reads when a worker could not answer: a `Problem` for each way that happens."""

from __future__ import annotations

import signal
from typing import Any

from unrig.model.problem import Problem, ProblemKind, new_problem
from unrig.sandbox.call import Call, Item, Limits
from unrig.sandbox.messages import Failed

_TEXT = 2_000
_TRACEBACK = 20_000

_ACTIONS = {
    ProblemKind.FORMAT: "Look at the file by hand: it is damaged, or made to be misread.",
    ProblemKind.LIMIT: "If the file is trusted to be this large, raise the limit and run again.",
    ProblemKind.WORKER_DIED: "Look at the file by hand: its reader failed twice, the second time alone in its process.",
    ProblemKind.DEFECT: "Report the defect in unrig with the traceback.",
}


def of_failure(call: Call[Any, Any], item: Item[Any], index: int, failed: Failed) -> Problem:
    """Return the problem for an exception in the worker, whose texts are clipped: they are the worker's words."""
    return _problem(
        call,
        kind=failed.kind if failed.kind in _ACTIONS else ProblemKind.DEFECT,
        where=", ".join(part for part in (_name(item, index), _clip(failed.where)) if part),
        expected=_clip(failed.expected),
        observed=_clip(failed.observed),
        traceback=failed.traceback[-_TRACEBACK:],
    )


def of_death(call: Call[Any, Any], item: Item[Any], index: int, observed: str) -> Problem:
    """Return the problem for a worker that was lost over this item, and that item alone."""
    return _problem(
        call,
        kind=ProblemKind.WORKER_DIED,
        where=_name(item, index),
        expected="a worker that answers",
        observed=_clip(observed),
    )


def describe_end(code: int | None, limits: Limits) -> str:
    """Return in words how a worker ended: by exit code, by signal if negative, or unknown."""
    if code is None:
        return "the worker was lost with its fork server"
    if code >= 0:
        return f"the worker ended with exit code {code}"
    if -code == signal.SIGXCPU:
        return f"SIGXCPU: the limit of {limits.cpu_seconds} s of CPU time was spent"
    return f"the worker was killed by {_signal_name(-code)}"


def _signal_name(number: int) -> str:
    names = {known.value: known.name for known in signal.Signals}
    return names.get(number, f"signal {number}")


def _problem(
    call: Call[Any, Any], *, kind: ProblemKind, where: str, expected: str, observed: str, traceback: str = ""
) -> Problem:
    return new_problem(
        kind=kind,
        where=where,
        expected=expected,
        observed=observed,
        effect=f"{call.function} gave no result for it.",
        action=_ACTIONS[kind],
        traceback=traceback,
    )


def _name(item: Item[Any], index: int) -> str:
    return item.where or f"item {index}"


def _clip(text: str) -> str:
    return text if len(text) <= _TEXT else f"{text[:_TEXT]}…"
