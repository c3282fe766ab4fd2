"""The engine of a browser names its own stores; its size is no bytes that a page could build."""

from __future__ import annotations

import pytest
from findings_kit import release, view
from msgspec.structs import replace

from unrig.model.levels import Severity
from unrig.model.markers import Marker, MarkerFacts
from unrig.vet.detect.collecting_capabilities import ENGINE, RULE, SMALLEST_ENGINE

TEMPLATE = f"Mozilla/5.0 (%s) {ENGINE} %s Safari/%d.%d"


@pytest.mark.parametrize(
    ("text", "size", "severity"),
    [
        ("Chrome/102.0.5005.167", SMALLEST_ENGINE, Severity.LOW),
        (TEMPLATE, SMALLEST_ENGINE, Severity.LOW),
        ("Chrome/102.0.5005.167", SMALLEST_ENGINE - 1, Severity.MEDIUM),
        (TEMPLATE, SMALLEST_ENGINE - 1, Severity.MEDIUM),
        ("Mozilla/5.0 (Windows NT 10.0)", SMALLEST_ENGINE, Severity.MEDIUM),
    ],
)
def test_an_engine_is_told_by_text_and_size(text: str, size: int, severity: Severity) -> None:
    texts = {"browser_stores": "Login Data", "system_survey": "MachineGuid", "user_agent": text}
    markers = tuple(Marker(kind=k, text=t, offset=n, length=len(t)) for n, (k, t) in enumerate(texts.items()))
    one = view("app/engine.dll", "bytes", MarkerFacts(markers=markers))
    [hit] = RULE.check(release(replace(one, artifact=replace(one.artifact, size=size))))
    assert hit.severity is severity
