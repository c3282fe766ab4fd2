"""Rows of an installer database: what it installs, runs, starts with the computer, and links to."""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.change import Difference
from unrig.model.msi import MsiFacts
from unrig.model.publisher import organisation_of
from unrig.model.rule import Inspection
from unrig.vet.differing import keyed, single


def compare(before: MsiFacts, after: MsiFacts) -> Iterator[Difference]:
    """Yield the rows that only one side has, a table at a time, and another signer or manufacturer."""
    yield from keyed("installer.actions", "custom actions", _actions(before), _actions(after))
    yield from keyed("installer.services", "services", _services(before), _services(after))
    yield from keyed("installer.autoruns", "programs started by themselves", _autoruns(before), _autoruns(after))
    yield from keyed("installer.shortcuts", "shortcuts", _shortcuts(before), _shortcuts(after))
    yield from keyed("installer.files", "installed files", _files(before), _files(after))
    yield from keyed("installer.tables", "tables", _tables(before), _tables(after))
    yield from single("installer.manufacturer", "made by", before.product.manufacturer, after.product.manufacturer)
    yield from single("installer.signer", "signed by", _signer(before), _signer(after))
    yield from single("installer.program", "written by", before.summary.application, after.summary.application)


def _actions(facts: MsiFacts) -> set[str]:
    """Return each action with what it runs."""
    return {f"{a.name}: {a.kind} {a.source} {a.target}".strip() for a in facts.actions}


def _services(facts: MsiFacts) -> set[str]:
    return {f"{s.name}: {s.path} {s.arguments}".strip() for s in facts.services}


def _autoruns(facts: MsiFacts) -> set[str]:
    return {f"{a.root}/{a.key}/{a.name}: {a.value}" for a in facts.autoruns}


def _shortcuts(facts: MsiFacts) -> set[str]:
    return {f"{s.path}: {s.target} {s.arguments}".strip() for s in facts.shortcuts}


def _files(facts: MsiFacts) -> set[str]:
    return {each.path for each in facts.files}


def _tables(facts: MsiFacts) -> set[str]:
    return {each.name for each in facts.tables}


def _signer(facts: MsiFacts) -> str:
    signer = facts.signature.signer if facts.signature else None
    return organisation_of(signer.subject) if signer else ""


COMPARISON = Inspection(id="installer", reads=MsiFacts, compare=compare)
