"""The second profile tries to break out of itself: sealed as the pinned program is, before it would execute it."""

from __future__ import annotations

import os
import tempfile

from unrig.sandbox import program, selftest
from unrig.sandbox.layers import Layers
from unrig.sandbox.selftest import LIMITS, Escape, Outcome, SelfTest


def program_selftest() -> SelfTest:
    """Try every escape once and return what came of it; takes about two seconds.

    Raises Absent where the program is not here or this machine cannot seal it, OSError where it cannot be started.
    """
    layers, outcomes = Layers(), []
    with selftest.targets() as target, tempfile.TemporaryFile(prefix="unrig-") as scratch:
        os.fchmod(scratch.fileno(), 0o444)
        for escape in Escape:
            ran = program.run((), scratch.fileno(), scratch.fileno(), LIMITS, attempt=target(escape))
            layers = layers.weakest(ran.layers) if layers.in_force else ran.layers
            refused = ran.answer is not None and ran.answer.refused
            observed = ran.answer.observed if ran.answer else f"lost, with exit code {ran.code}"
            outcomes.append(Outcome(escape=escape, refused=refused, observed=observed, walls=selftest.WALLS[escape]))
    return SelfTest(layers=layers, outcomes=tuple(outcomes))
