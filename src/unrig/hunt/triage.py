"""What people decided about sightings in earlier runs, put onto those of this one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from unrig.model.coverage import NotEvaluated
from unrig.model.telemetry import Sighting, Triage, Triaged

BENIGN = "benign"


def triaged(found: Iterable[Sighting], decided: Sequence[Triaged], today: dt.date) -> tuple[Sighting, ...]:
    """Return the sightings with the decisions that still count; the others stay open."""
    by_id = {each.sighting: each for each in decided if each.expires >= today}
    return tuple(_decided(each, by_id[each.id]) if each.id in by_id else each for each in found)


def lapsed(decided: Iterable[Triaged], today: dt.date) -> Iterator[NotEvaluated]:
    """Yield the decisions that no longer count, so that nobody thinks they still do."""
    for each in decided:
        if each.expires < today:
            reason = f"the triage of {each.owner} ended on {each.expires}: decide again"
            yield NotEvaluated(rule=each.sighting, reason=reason)


def _decided(sighting: Sighting, decision: Triaged) -> Sighting:
    triage = Triage(state=decision.state, reason=decision.reason, owner=decision.owner, expires=decision.expires)
    return msgspec.structs.replace(sighting, triage=triage)
