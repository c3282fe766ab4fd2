from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from unrig.hunt.sightings import devices
from unrig.hunt.triage import lapsed, triaged
from unrig.model.errors import UsageError
from unrig.model.levels import Severity
from unrig.model.telemetry import Sighting, Triaged
from unrig.store.triage_file import load

TODAY = dt.date(2024, 3, 4)
AT = dt.datetime(2024, 3, 4, tzinfo=dt.UTC)
ENTRY = """
[[triage]]
sighting = "s1"
state = "benign"
reason = "our backup"
owner = "ann"
expires = 2024-06-01
"""


def sighting(name: str, severity: Severity = Severity.HIGH) -> Sighting:
    return Sighting(
        id=name, of="x", title="X", device="pc1", first=AT, last=AT, count=1, stage="collection", severity=severity
    )


def decision(expires: dt.date = TODAY, **fields: Any) -> Triaged:
    given = {"sighting": "s1", "state": "benign", "reason": "our backup", "owner": "ann"} | fields
    return Triaged(expires=expires, **given)


def test_a_decision_counts_to_its_last_day() -> None:
    first, second = triaged([sighting("s1"), sighting("s2")], [decision()], TODAY)
    assert (first.triage.state, first.triage.reason, second.triage.state) == ("benign", "our backup", "open")
    assert not list(lapsed([decision()], TODAY))


def test_after_that_it_is_open_again_and_said_so() -> None:
    tomorrow = TODAY + dt.timedelta(days=1)
    [again] = triaged([sighting("s1")], [decision()], tomorrow)
    assert again.triage.state == "open"
    assert [each.rule for each in lapsed([decision()], tomorrow)] == ["s1"]


def test_what_is_benign_counts_nothing_on_its_device() -> None:
    [summary] = devices(triaged([sighting("s1")], [decision()], TODAY))
    assert (summary.score, summary.stages, summary.timeline) == (0.0, (), ("s1",))


def test_what_is_low_makes_no_stage() -> None:
    [summary] = devices([sighting("s1", Severity.LOW)])
    assert (summary.score, summary.stages) == (20.0, ())


def test_the_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "triage.toml").write_text(ENTRY)
    assert load(tmp_path / "triage.toml", TODAY) == (decision(expires=dt.date(2024, 6, 1)),)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"ann"', '""', "an owner"),
        ("2024-06-01", "2025-06-01", "within 180 days"),
        ('"benign"', '"fine"', "true or benign"),
        ("sighting", "id", "sighting"),
    ],
)
def test_a_bad_file_is_refused(old: str, new: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "triage.toml").write_text(ENTRY.replace(old, new, 1))
    with pytest.raises(UsageError, match=said):
        load(tmp_path / "triage.toml", TODAY)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="readable"):
        load(tmp_path / "none", TODAY)
