"""What emitters may know of a case: no gap of it tells a reader of another's devices."""

from __future__ import annotations

from types import ModuleType

import pytest

from unrig.model.case import Gap, GapAbout
from unrig.model.claim import Independence
from unrig.model.results import CaseResult


def case_with(made: ModuleType, about: GapAbout) -> CaseResult:
    gap = Gap(id="g", between=("beacon", "front-desk-7"), missing="how it came there", about=about)
    return CaseResult(
        generated_at=made.WHEN,
        unrig_version="0",
        id="c",
        name="c",
        tlp="amber",
        independence=Independence(roots=(), reports=0),
        gaps=(gap,),
    )


def test_a_gap_of_the_release_is_told_as_a_sentence(made: ModuleType) -> None:
    unknowns = made.inputs(case=case_with(made, "release")).unknowns
    assert "How it came there." in unknowns
    assert not any("front-desk-7" in unknown for unknown in unknowns)


@pytest.mark.parametrize("about", ["telemetry", "chain", "claims"])
def test_a_gap_of_somebodys_telemetry_or_sources_is_told_to_nobody(made: ModuleType, about: GapAbout) -> None:
    with_gap, without = made.inputs(case=case_with(made, about)), made.inputs(case=None)
    assert with_gap.unknowns == without.unknowns
