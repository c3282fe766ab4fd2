"""Dependencies that come, go or change."""

from __future__ import annotations

from compare_kit import compared

from unrig.model.dependencies import DependencyFacts
from unrig.vet.compare.dependencies import COMPARISON


def test_names_and_versions() -> None:
    before = DependencyFacts(requires={"a": "^1", "b": "^2", "c": "*"})
    after = DependencyFacts(requires={"a": "^1", "b": "git+https://x.invalid/b", "d": "*"})
    found = compared(COMPARISON, before, after)
    assert (found["dependencies.names"].come, found["dependencies.names"].gone) == (("d",), ("c",))
    assert found["dependencies.versions"].come == ("b git+https://x.invalid/b",)
