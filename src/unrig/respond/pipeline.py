"""`unrig respond`: from the results of a case to the documents that must be sent. The steps stand in `respond`."""

from __future__ import annotations

import hashlib

from msgspec import Struct

from unrig.model.artifact import Release
from unrig.model.document import Check, Document
from unrig.model.lead import HashLead
from unrig.model.problem import Problem, ProblemKind, new_problem
from unrig.model.results import RespondResult, Stats
from unrig.respond.checkers import CHECKERS
from unrig.respond.digest import ACTED_ON, RespondRequest, digest
from unrig.respond.documents import EMITTERS
from unrig.respond.emitter import Emitter, Refusal, ResponseInputs
from unrig.respond.never_block import DenyKey, deny_keys
from unrig.respond.verify import NotFixed, verify_fix

FOLDER = "derived"
"""Where the documents stand in the case folder: they are derived, and come back with the same bytes."""


class Written(Struct, frozen=True, kw_only=True):
    """One document's bytes, for the caller to write; `path` is relative to the case folder."""

    path: str
    content: bytes


class RespondOutcome(Struct, frozen=True, kw_only=True):
    """The result, and the files that it speaks of."""

    result: RespondResult
    files: tuple[Written, ...]


class _Verified(Struct, frozen=True, kw_only=True):
    fix: Release | None
    problems: tuple[Problem, ...]


def respond(request: RespondRequest) -> RespondOutcome:
    """Return the documents with what their checkers said, what must never be blocked, and the fix once verified."""
    verified = _verify(request)
    inputs = digest(request, verified.fix)
    emitted = [(emitter, emitter.emit(inputs)) for emitter in EMITTERS]
    refused = tuple(_refused(emitter, out) for emitter, out in emitted if isinstance(out, Refusal))
    written = tuple((emitter, out) for emitter, out in emitted if isinstance(out, bytes))
    documents = tuple(_document(emitter, content, inputs) for emitter, content in written)
    return RespondOutcome(
        result=RespondResult(
            generated_at=request.generated_at,
            unrig_version=request.unrig_version,
            fix=verified.fix,
            documents=documents,
            never_block=inputs.never_block,
            problems=tuple(sorted((*verified.problems, *refused), key=lambda problem: (problem.where, problem.id))),
            stats=Stats(files=len(documents), bytes=sum(len(content) for _, content in written)),
        ),
        files=tuple(Written(path=f"{FOLDER}/{emitter.path}", content=content) for emitter, content in written),
    )


def _verify(request: RespondRequest) -> _Verified:
    if request.fix is None:
        return _Verified(fix=None, problems=())
    answer = verify_fix(request.fix, _rigged_keys(request))
    if isinstance(answer, NotFixed):
        return _Verified(fix=None, problems=(_not_fixed(answer),))
    return _Verified(fix=answer, problems=())


def _rigged_keys(request: RespondRequest) -> tuple[DenyKey, ...]:
    leads = (lead for vet in request.vets if vet.verdict in ACTED_ON for lead in vet.leads)
    return deny_keys(lead.identity for lead in leads if isinstance(lead, HashLead))


def _document(emitter: Emitter, content: bytes, inputs: ResponseInputs) -> Document:
    return Document(
        id=emitter.id,
        standard=emitter.standard,
        version=emitter.version,
        path=f"{FOLDER}/{emitter.path}",
        sha256=hashlib.sha256(content).hexdigest(),
        revision=inputs.revision,
        checks=_checks(emitter, content),
    )


def _checks(emitter: Emitter, content: bytes) -> tuple[Check, ...]:
    return tuple(checker.check(content) for checker in CHECKERS if emitter.standard in checker.standards)


def _refused(emitter: Emitter, refusal: Refusal) -> Problem:
    return new_problem(
        kind=ProblemKind.NOT_EVALUATED,
        where=f"{FOLDER}/{emitter.path}",
        expected=f"what a {emitter.standard} document of this kind needs",
        observed=refusal.reason,
        effect="this document was not written",
        action=refusal.action,
    )


def _not_fixed(answer: NotFixed) -> Problem:
    return new_problem(
        kind=ProblemKind.NOT_EVALUATED,
        where=answer.release.path,
        expected="a build that vet finds clean and complete, with nothing of the rigged one in it",
        observed="; ".join(answer.reasons),
        effect="no document names this build as the fix",
        action="do not send it; look at the findings, or vet it with the baseline it needs",
    )
