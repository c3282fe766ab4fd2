"""One pool of real sealed workers for each module of tests, and a cache for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from unrig.sandbox.pool import Pool
from unrig.vet.preload import PRELOAD_TO_COMPARE


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(PRELOAD_TO_COMPARE, jobs=2) as workers:
        yield workers


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"
