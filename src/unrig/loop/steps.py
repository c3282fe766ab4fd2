"""What a step of the loop reads, by hash: two runs over the same bytes are the same step, and the second is resumed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from unrig.model.policy import Pack
from unrig.model.problem import Problem
from unrig.store.case_folder import StepInput
from unrig.store.given_files import files, named, opened
from unrig.store.policy_file import LoadedPolicy


def inputs_of(role: str, given: Iterable[str]) -> tuple[StepInput, ...]:
    """Return one input for each file named by files, folders and globs, hashed; what cannot be read counts as such.

    The journal names files by their last part, so that it tells nothing of the machine.
    """
    return tuple(_input(role, name) for name in files(given))


def options_of(policy: LoadedPolicy, packs: Sequence[Pack]) -> str:
    """Return what else a result of vet depends on, by hash: policy, roots, packs."""
    roots = (hashlib.sha256(root).hexdigest() for root in policy.roots)
    return f"policy={policy.sha256} roots={','.join(roots)} packs={','.join(pack.sha256 for pack in packs)}"


def of_bytes(name: str, data: bytes) -> StepInput:
    """Return an input that exists in memory only: an earlier step's document, or options."""
    return StepInput(name=name, sha256=hashlib.sha256(data).hexdigest())


def _input(role: str, name: str | Problem) -> StepInput:
    if isinstance(name, Problem):
        return of_bytes(f"{role}/unreadable", name.id.encode())
    label = f"{role}/{PurePath(name).name}"
    with opened(named(name)) as file:
        if isinstance(file, Problem):
            return of_bytes(f"{role}/unreadable", file.id.encode())
        return StepInput(name=label, sha256=file.sha256)
