"""What differs, in a few lines."""

from __future__ import annotations

import datetime as dt

from findings_kit import FOLDER, view

from unrig.model.change import Change, ChangeKind
from unrig.model.coverage import Coverage
from unrig.model.levels import VerdictWord
from unrig.model.results import VetResult
from unrig.report.text_changes import FILES, LINES, lines

BEFORE = view("a", "old").artifact


def change(path: str, name: str = "file") -> Change:
    after = view(path, "new").artifact
    family = name.partition(".")[0]
    return Change(
        kind=ChangeKind.CHANGED, before=BEFORE, after=after, family=family, what=f"{name} differs", property=name
    )


def result(*changes: Change, baseline: bool = True) -> VetResult:
    return VetResult(
        generated_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        unrig_version="test",
        release=FOLDER,
        baselines=(FOLDER,) if baseline else (),
        verdict=VerdictWord.CLEAN,
        complete=True,
        because=(),
        verdict_without_hindsight=VerdictWord.CLEAN,
        verdict_without_waivers=VerdictWord.CLEAN,
        changes=changes,
        coverage=Coverage(bytes=0, accounted=0),
    )


def test_files_are_counted_and_what_says_most_comes_first() -> None:
    found = result(
        change("b.dll"), change("b.dll", "build.linker"), change("b.dll", "functions.changed"), change("c.txt")
    )
    assert [*lines(found, verbose=False)] == [
        "0 added, 0 removed, 2 changed, 0 moved",
        "b.dll",
        "  functions.changed differs",
        "  build.linker differs",
    ]


def test_what_every_release_changes_is_left_out_until_asked_for() -> None:
    found = result(change("b.dll", "build.time"))
    assert len([*lines(found, verbose=False)]) == 1
    assert "  build.time differs" in lines(found, verbose=True)


def test_many_files_and_many_lines_are_cut() -> None:
    properties = [f"sections.{number}" for number in range(LINES + 2)]
    found = result(*(change(f"{n}.dll", name) for n in range(FILES + 3) for name in properties))
    said = [*lines(found, verbose=False)]
    assert said[-1] == "... and 3 files more (--verbose shows all)"
    assert said.count("  ... and 2 more") == FILES
    assert len([*lines(found, verbose=True)]) == 1 + (FILES + 3) * (1 + len(properties))


def test_without_a_baseline_there_is_nothing_to_say() -> None:
    assert [*lines(result(baseline=False), verbose=False)] == []
