"""What a checker is: a tool that unrig's authors did not write, asked whether a document is what it claims to be."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from unrig.model.document import Check

PASSED = "passed"
FAILED = "failed"
NOT_RUN = "not_run"


class Checker(Struct, frozen=True, kw_only=True):
    """One tool and the standards whose documents it judges; `check` never raises for what a document says."""

    id: str
    standards: tuple[str, ...]
    check: Callable[[bytes], Check]


def missing(checker: str, package: str) -> Check:
    """Return the word of a checker that is not installed, with how to get it."""
    return Check(
        checker=checker,
        version="",
        result=NOT_RUN,
        detail=f"{package} is not installed; get it with: pip install 'unrig[check]'",
    )


def judged(checker: str, version: str, faults: tuple[str, ...]) -> Check:
    """Return passed where there is no fault, else failed with the first ten."""
    more = f"; and {len(faults) - 10} more" if len(faults) > 10 else ""
    detail = "; ".join(faults[:10]) + more
    return Check(checker=checker, version=version, result=FAILED if faults else PASSED, detail=detail)
