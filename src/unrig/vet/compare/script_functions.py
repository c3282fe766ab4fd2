"""Which functions of a script changed, by its syntax tree: layout and comments are no change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unrig.model.change import MAX_KEYS, Counts, Difference
from unrig.model.code import Function, ScriptFunctions
from unrig.model.rule import Inspection
from unrig.vet.functions_diff import pair


def compare(before: ScriptFunctions, after: ScriptFunctions) -> Iterator[Difference]:
    """Yield how many functions changed, are new or gone; nothing where only the layout did."""
    if before.not_evaluated or after.not_evaluated:
        reason = after.not_evaluated or before.not_evaluated
        yield Difference(property="script_functions.not_compared", what=f"script functions: not compared: {reason}")
        return
    found = pair(before.functions, after.functions)
    if not (found.changed or found.gone or found.come):
        return
    counted = ((found.changed, f"of {len(after.functions):,} changed"), (found.come, "new"), (found.gone, "gone"))
    said = ", ".join(f"{len(some):,} {word}" for some, word in counted if some)
    yield Difference(
        property="script_functions.changed",
        what=f"script functions: {said}",
        gone=_keys([*(old for old, _ in found.changed), *found.gone]),
        come=_keys([*(new for _, new in found.changed), *found.come]),
        counts=Counts(
            before=len(before.functions),
            after=len(after.functions),
            changed=len(found.changed),
            gone=len(found.gone),
            come=len(found.come),
        ),
    )


def _keys(functions: Sequence[Function]) -> tuple[str, ...]:
    return tuple(f"{each.start:#x}" for each in sorted(functions, key=lambda each: each.start)[:MAX_KEYS])


COMPARISON = Inspection(id="script_functions", reads=ScriptFunctions, compare=compare)
