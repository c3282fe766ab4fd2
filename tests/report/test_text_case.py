"""The case on a terminal: gaps in words, once for all places where the same is missing."""

from __future__ import annotations

import datetime as dt
import io

from rich.console import Console

from unrig.model.case import Gap, Stage
from unrig.model.claim import Independence
from unrig.model.results import CaseResult
from unrig.report import text_case

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def printed(*gaps: Gap, verbose: bool = False) -> str:
    case = CaseResult(
        generated_at=AT,
        unrig_version="0",
        id="c0ffee",
        name="App",
        tlp="amber",
        stages=(Stage(id="5ta9e", title="On devices: execution", technique="T1574.001", evidence=("s",)),),
        independence=Independence(roots=(), reports=0),
        gaps=gaps,
    )
    out = io.StringIO()
    text_case.show(Console(file=out, width=200), case, quiet=False, verbose=verbose)
    return out.getvalue()


def gap(number: int, first: str, second: str, missing: str) -> Gap:
    return Gap(id=str(number), between=(first, second), missing=missing, about="telemetry")


def test_the_same_gap_on_many_devices_is_one_line_with_their_names() -> None:
    text = printed(
        gap(1, "a1b2", "pc-1", "no events"), gap(2, "c3d4", "pc-1", "no events"), gap(3, "x", "pc-2", "no events")
    )
    assert [line.strip() for line in text.splitlines() if "no events" in line] == ["Gaps      no events (pc-1, pc-2)"]


def test_a_stage_is_called_by_its_title_not_by_its_id() -> None:
    text = printed(Gap(id="1", between=("5ta9e", "on devices"), missing="whether it ran", about="chain"))
    assert "whether it ran (On devices: execution - on devices)" in text
    assert "5ta9e" not in text
    assert "1 piece of evidence" in text


def test_more_gaps_than_fit_are_counted_and_all_shown_when_asked() -> None:
    many = [gap(number, "q", "pc-1", f"reason {number}") for number in range(text_case.FEW + 3)]
    assert "... and 3 more (--verbose shows all)" in printed(*many)
    assert "reason 14" in printed(*many, verbose=True)
