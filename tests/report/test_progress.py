"""Progress: drawn on a terminal, seldom, after a second; what is named in it cannot move the cursor."""

from __future__ import annotations

import io

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from unrig.model.progress import Counter, Progress, done, expect
from unrig.report.progress import EVERY, PATIENCE, line, shown


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.asked = 0

    def __call__(self) -> float:
        self.asked += 1
        return self.now


def at(files: int, what: str = "a.dll") -> Progress:
    return Progress(step="vetting", files=files, of=9000, bytes=210_000_000, events=0, what=what)


def drawn(times: list[float]) -> str:
    out, clock = io.StringIO(), Clock()
    with shown(Console(file=out, force_terminal=True, width=80), clock) as report:
        for number, now in enumerate(times, 1):
            clock.now = now
            report(at(number))
    return out.getvalue()


def test_what_is_done_within_a_second_shows_nothing() -> None:
    assert drawn([0.0, 0.5, PATIENCE - 0.01]) == ""


def test_a_longer_step_is_drawn_a_few_times_a_second_and_gone_at_the_end() -> None:
    text = drawn([PATIENCE + EVERY * number / 100 for number in range(1000)])
    drawings = text.count("unrig: vetting")
    assert 9 <= drawings <= 12  # at each drawing's time, and rich's own last one
    assert text.rstrip().endswith("\x1b[2K") or text.endswith("\x1b[2K")


def test_the_line_says_counts_first() -> None:
    assert (
        line(at(3120, "app.msi!/x/y.dll"), 100).plain
        == "unrig: vetting 3,120 of 9,000 files, 210.0 MB  app.msi!/x/y.dll"
    )
    hunting = Progress(step="hunting", files=1, of=2, bytes=1000, events=64_000, what="a.evtx")
    assert line(hunting, 100).plain == "unrig: hunting 1 of 2 files, 1.0 kB, 64,000 events  a.evtx"


@settings(max_examples=60, deadline=None)
@given(what=st.text(max_size=80), width=st.integers(2, 120))
def test_any_name_makes_one_printable_line_that_fits(what: str, width: int) -> None:
    text = line(at(1, what), width)
    assert text.plain.isprintable()
    assert text.cell_len < width


def test_counts_add_up_and_each_is_reported() -> None:
    told: list[Progress] = []
    counter = Counter(step="vetting", report=told.append)
    expect(counter, 3)
    done(counter, "a", size=10)
    done(counter, "b.zip", files=2, size=5)
    done(counter, "log", files=0, events=7)
    assert [(one.files, one.of, one.bytes, one.events, one.what) for one in told] == [
        (1, 3, 10, 0, "a"),
        (3, 3, 15, 0, "b.zip"),
        (3, 3, 15, 7, "log"),
    ]
