"""Marking the exam: what the verbs answered against what the generator knew, question by question.

Every question counts what it could have found; one that counts nothing over all drills marked is an error, since
silence would pass it. A false alarm counts as much as a miss.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from unrig.drill.build.truth import Truth
from unrig.drill.examine import Answers
from unrig.drill.mark import Mark
from unrig.drill.score_hunt import hunt_marks
from unrig.drill.score_scope import answer_marks, scope_marks
from unrig.drill.score_vet import vet_marks
from unrig.model.errors import UsageError


def marks(truth: Truth, answers: Answers) -> tuple[Mark, ...]:
    """Return one mark for each question of the drill's parts, always the same questions in the same order."""
    found = vet_marks(truth, answers.vets)
    if truth.hunt is not None and answers.hunt is not None:
        found += hunt_marks(truth.hunt, answers.hunt, answers.twin)
    if answers.run is not None and truth.scope is not None:
        found += scope_marks(truth.scope, answers.run)
    if answers.run is not None and truth.claims is not None and truth.respond is not None:
        found += answer_marks(truth.claims, truth.respond, answers.run, answers.vets)
    return found


def total(per_drill: Iterable[Sequence[Mark]]) -> tuple[Mark, ...]:
    """Return the sums over drills. Raises UsageError where nothing was marked, or a question had nothing to find."""
    sums: dict[str, Mark] = {}
    for drill in per_drill:
        for mark in drill:
            before = sums.get(mark.question, Mark(question=mark.question, found=0, of=0))
            sums[mark.question] = Mark(
                question=mark.question,
                found=before.found + mark.found,
                of=before.of + mark.of,
                false=before.false + mark.false,
                notes=(*before.notes, *mark.notes),
            )
    empty = [mark.question for mark in sums.values() if not mark.of]
    if not sums or empty:
        raise UsageError(
            f"expected something to find in every question, found nothing in: {', '.join(empty) or 'all'}."
        )
    return tuple(sums.values())
