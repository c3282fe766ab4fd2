from __future__ import annotations

from sandbox_tasks import Doubled, Job

from unrig.model.problem import Problem, ProblemKind
from unrig.sandbox.ask import ask
from unrig.sandbox.call import Call, Item
from unrig.sandbox.pool import Pool

PERFORM = Call(function="sandbox_tasks:perform", argument=Job, result=Doubled)


def test_one_question_has_one_answer() -> None:
    with Pool(("sandbox_tasks",), jobs=1) as pool:
        assert ask(pool, PERFORM, Item(argument=Job(number=4))) == Doubled(number=8)
        lost = ask(pool, PERFORM, Item(argument=Job(do="die"), where="a.dll"))
    assert isinstance(lost, Problem)
    assert (lost.kind, lost.where) == (ProblemKind.WORKER_DIED, "a.dll")
