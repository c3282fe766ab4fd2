"""What the tests of all engines ask: everything. (tests/hunt/conftest.py lets its own run few analytics.)"""

from __future__ import annotations

import pytest

from unrig.hunt import pipeline
from unrig.hunt.analytics import ANALYTICS


@pytest.fixture(autouse=True)
def _every_question(_only_this_unit: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "ANALYTICS", ANALYTICS)
