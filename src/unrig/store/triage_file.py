"""Reading the triage file: what people decided about sightings, in TOML."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec

from unrig.model.errors import UsageError
from unrig.model.policy import LONGEST_WAIVER_DAYS
from unrig.model.telemetry import Triaged, TriageFile


def load(path: Path, today: dt.date) -> tuple[Triaged, ...]:
    """Return its decisions. Raises UsageError where it cannot be read, lacks a reason or owner, or counts too long."""
    try:
        decided = msgspec.toml.decode(path.read_bytes(), type=TriageFile).triage
    except OSError as error:
        raise UsageError(f"{path}: expected a readable triage file, found: {error.strerror}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path}: expected a triage file in TOML, a [[triage]] with sighting, state (true or benign), reason, owner and"
            f" expires for each decision, found: {error}."
        ) from error
    latest = today + dt.timedelta(days=LONGEST_WAIVER_DAYS)
    for number, each in enumerate(decided, 1):
        if not each.reason.strip() or not each.owner.strip():
            raise UsageError(f"{path}: triage {number}: expected a reason and an owner, found none.")
        if each.expires > latest:
            raise UsageError(
                f"{path}: triage {number}: expected to expire within {LONGEST_WAIVER_DAYS} days, found {each.expires}."
            )
    return decided
