"""Exhibits: the artifacts with findings, kept with the case in a form in which nothing runs."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence

from unrig.model.artifact import Artifact
from unrig.model.levels import Severity, severity_rank
from unrig.model.problem import Problem, ProblemKind, new_problem
from unrig.model.results import VetResult
from unrig.store import case_folder
from unrig.store.case_folder import CaseFolder, Step, StepInput
from unrig.vet.contents import Content

MOST_BYTES_EACH = 64 << 20
"""Of one exhibit: a rigged library is some MB, while an installer of hundreds keeps well where it is."""
MOST_BYTES = 256 << 20
"""Of all exhibits of a release, the worst first."""
LEAST_SEVERITY = Severity.MEDIUM
"""Findings below do not move a verdict (model: `review` needs a medium)."""


Contents = Callable[[VetResult, Sequence[Artifact]], Iterator[Content]]
"""How the bytes of artifacts of a vetted release are had again."""


def exhibits(vet: VetResult) -> tuple[Artifact, ...]:
    """Return the artifacts that unwaived findings of weight are about, the worst first, equal bytes once."""
    worst: dict[str, int] = {}
    for finding in vet.findings:
        rank = severity_rank(finding.severity)
        if not finding.waived and rank >= severity_rank(LEAST_SEVERITY):
            worst |= {ref.id: max(rank, worst.get(ref.id, 0)) for ref in finding.artifacts}
    found = sorted((one for one in vet.artifacts if one.id in worst), key=lambda one: (-worst[one.id], one.path))
    once: dict[str, Artifact] = {}
    for one in found:
        once.setdefault(one.sha256, one)
    return tuple(once.values())


def keep(case: CaseFolder, vet: VetResult, contents: Contents) -> tuple[Problem, ...]:
    """Keep the exhibits of a release that the case does not hold yet; returns why the others are not kept."""
    problems: list[Problem] = []
    wanted: list[Artifact] = []
    held = case_folder.kept_artifacts(case)
    left = MOST_BYTES
    for artifact in exhibits(vet):
        left -= artifact.size if artifact.size <= MOST_BYTES_EACH else 0
        if artifact.size > MOST_BYTES_EACH or left < 0:
            problems.append(_too_large(artifact))
        elif artifact.sha256 not in held:
            wanted.append(artifact)
    for content in contents(vet, wanted) if wanted else ():
        kept = (
            content.descriptor
            if isinstance(content.descriptor, Problem)
            else _keep(case, vet, content, content.descriptor)
        )
        problems += [kept] if kept is not None else []
    return tuple(problems)


def told(case: CaseFolder) -> tuple[str, ...]:
    """Return sentences on the exhibits of all releases of a case: how many it keeps, and each that it does not."""
    held = case_folder.kept_artifacts(case)
    results = [stored.document for stored in case_folder.results(case).results]
    wanted = {one.sha256: one for vet in results if isinstance(vet, VetResult) for one in exhibits(vet)}
    once = case_folder.lost_or_kept_artifacts(case)
    absent = [
        f"{'lost' if sha in once else 'not kept'}: {one.path}, {one.size:,} bytes, {sha}"
        for sha, one in wanted.items()
        if sha not in held
    ]
    return (f"{len(wanted) - len(absent)} of {len(wanted)} artifacts with findings are kept", *absent)


def _keep(case: CaseFolder, vet: VetResult, content: Content, descriptor: int) -> Problem | None:
    artifact = content.artifact
    data = os.pread(descriptor, artifact.size + 1, 0)
    found = hashlib.sha256(data).hexdigest()
    if found != artifact.sha256:
        return _problem(artifact, ProblemKind.DAMAGED, f"SHA-256 {artifact.sha256}", found)
    source = StepInput(name=artifact.path, sha256=artifact.sha256)
    case_folder.keep_artifact(case, Step(verb="keep", inputs=(source,), at=vet.generated_at), data)
    return None


def _too_large(artifact: Artifact) -> Problem:
    most = f"at most {MOST_BYTES_EACH >> 20} MiB, and {MOST_BYTES >> 20} MiB in all"
    return _problem(artifact, ProblemKind.LIMIT, most, f"{artifact.size:,} bytes")


def _problem(artifact: Artifact, kind: ProblemKind, expected: str, observed: str) -> Problem:
    return new_problem(
        kind=kind,
        where=artifact.path,
        expected=expected,
        observed=observed,
        effect="its bytes are not kept with the case",
        action="keep the release itself",
    )
