"""What the drill's tests share: drills built once, all of seeds below 1,000, which no score uses."""

from __future__ import annotations

from functools import cache

import pytest

from unrig.drill.build.truth import Built
from unrig.drill.incidents.relay import build

SEEDS = (1, 2, 3, 5)


@cache
def drill(seed: int) -> Built:
    return build(seed)


@pytest.fixture(params=SEEDS)
def built(request: pytest.FixtureRequest) -> Built:
    return drill(request.param)


@pytest.fixture
def one() -> Built:
    return drill(SEEDS[0])
