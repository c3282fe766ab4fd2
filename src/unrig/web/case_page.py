"""From a case folder to what its page shows. The folder is read, never written."""

from __future__ import annotations

from pathlib import Path

from unrig.loop.answering import newest
from unrig.model.results import RespondResult
from unrig.report.html import CasePage
from unrig.store import case_folder


def read_page(folder: Path) -> CasePage:
    """Return what the verbs last said in a case; a result that cannot be read is a problem of the page.

    Raises UsageError where there is no case, FormatError or LimitError where its head or journal is damaged.
    """
    case = case_folder.read_case(folder)
    stored = case_folder.results(case)
    said = newest([one.document for one in stored.results])
    return CasePage(
        id=case.head.id,
        name=case.head.name,
        tlp=case.head.tlp,
        state=case.head.state,
        revision=case.head.revision,
        vets=said.vets,
        hunt=said.hunt,
        scope=said.scope,
        case=said.case,
        respond=next(
            (one.document for one in reversed(stored.results) if isinstance(one.document, RespondResult)), None
        ),
        problems=stored.problems,
    )
