"""What happened when, each moment as exact as its source: intervals in one stable order.

Entries come from the dates of the release (where its leads begin to look), from sightings (the first and the last of
each thing seen, over all devices), from exposures, and from claims: when something was said, and the moment that a
claim's value names. Of two intervals that overlap neither is before the other; they stand in order of their starts,
the wider one first, so that the order is the same in every derivation and never contradicts `surely_before`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from unrig.case.inputs import CaseInputs, case_hash, leads, plural, sightings
from unrig.model import moment_text
from unrig.model.case import TimelineEntry
from unrig.model.claim import Claim, ClaimBasis
from unrig.model.levels import Severity
from unrig.model.moment import Basis, Moment, Precision, interval
from unrig.model.telemetry import Sighting

_Dated = tuple[Sighting, dt.datetime, str]
"""A sighting, the moment of it that counts, and what is said behind it."""


def timeline(inputs: CaseInputs, claims: Sequence[Claim]) -> tuple[TimelineEntry, ...]:
    """Return every dated thing of the case, in order."""
    found = [*_release_dates(inputs), *_seen(inputs), *_exposed(inputs), *_said(claims), *_dated(claims)]
    return tuple(sorted({entry.id: entry for entry in found}.values(), key=order))


def order(entry: TimelineEntry) -> tuple[object, ...]:
    """Return the key that sorts entries: start, the wider interval first, then what stands there."""
    start, end = interval(entry.when)
    return start, start - end, entry.what, entry.id


def _release_dates(inputs: CaseInputs) -> Iterator[TimelineEntry]:
    starts: defaultdict[dt.datetime, set[str]] = defaultdict(set)
    for lead in leads(inputs):
        if lead.window.since is not None:
            starts[lead.window.since].update(lead.findings or (lead.id,))
    for lead in leads(inputs):
        since = lead.window.since
        if since is not None and since in starts:
            evidence = tuple(sorted(starts.pop(since)))
            when = Moment(at=since, precision=Precision.SECOND, basis=Basis.FILE)
            yield _entry(when, "The release is dated no earlier than this", evidence, "release")


def _seen(inputs: CaseInputs) -> Iterator[TimelineEntry]:
    groups: defaultdict[tuple[str, str], list[Sighting]] = defaultdict(list)
    for sighting in sightings(inputs):
        # what merely shows the product dates nothing but itself, so it never stands for the release
        groups[sighting.of, sighting.detail if sighting.severity is Severity.INFO else ""].append(sighting)
    firsts, lasts = [seen[0] for seen in groups.values()], []
    for seen in groups.values():
        last = max(seen, key=lambda one: (one.last, one.id))
        devices = plural(len({one.device for one in seen}), "device")
        if last.last > seen[0].first:
            lasts.append((last, f" ({devices} in all)"))
    yield from _once("First seen", [(one, one.first, "") for one in firsts])
    yield from _once("Last seen", [(one, one.last, in_all) for one, in_all in lasts])


def _once(word: str, dated: Sequence[_Dated]) -> Iterator[TimelineEntry]:
    """Yield one entry for each thing on a device at a moment: two leads may have found the same file there."""
    same: defaultdict[tuple[dt.datetime, str, str, str], list[Sighting]] = defaultdict(list)
    for one, at, in_all in dated:
        same[at, one.device, thing(one), in_all].append(one)
    for (at, device, what, in_all), found in same.items():
        titles = "; ".join(sorted({one.title for one in found}))
        said = f"{word}: {titles}{f': {what}' if what else ''}, on {device}{in_all}"
        yield _entry(_device_clock(at), said, tuple(sorted(one.id for one in found)), "hunt")


def thing(sighting: Sighting) -> str:
    """Return what was seen in few words: the file's name without its folders, the domain, the words as they are."""
    return re.split(r"[\\/]", sighting.detail)[-1]


def _exposed(inputs: CaseInputs) -> Iterator[TimelineEntry]:
    for scope in inputs.scopes:
        for exposure in scope.exposures:
            if exposure.since is not None:
                what = f"{plural(exposure.devices, 'device')} known to have it since: {exposure.reason}"
                yield _entry(exposure.since, what, (exposure.id,), "scope")


def _said(claims: Sequence[Claim]) -> Iterator[TimelineEntry]:
    for claim in claims:
        if claim.basis is not ClaimBasis.RELAY:
            what = f"{claim.source.organisation} on {claim.about}: {_spoken(claim)} {claim.value} ({claim.words})"
            yield _entry(claim.said, what, (claim.id,), f"claim by {claim.source.organisation}")


def _dated(claims: Sequence[Claim]) -> Iterator[TimelineEntry]:
    for claim in claims:
        when = claimed_moment(claim)
        if when is not None and claim.basis is not ClaimBasis.RELAY:
            what = f"{claim.about}: {_spoken(claim)}, says {claim.source.organisation} ({claim.words})"
            yield _entry(when, what, (claim.id,), f"claim by {claim.source.organisation}")


def claimed_moment(claim: Claim) -> Moment | None:
    """Return the moment that a claim's value is; None for any other value, and for a bare number like a year."""
    return None if claim.value.isdigit() else moment_text.parse(claim.value)


def _spoken(claim: Claim) -> str:
    return claim.relation.replace("_", " ")


def _device_clock(at: dt.datetime) -> Moment:
    return Moment(at=at, precision=Precision.MICROSECOND, basis=Basis.DEVICE)


def _entry(when: Moment, what: str, evidence: tuple[str, ...], source: str) -> TimelineEntry:
    key = case_hash("entry", moment_text.write(when), what, *evidence)
    return TimelineEntry(id=key, when=when, what=what, evidence=evidence, source=source)
