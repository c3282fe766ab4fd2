"""`unrig hunt`: from telemetry and leads to sightings, devices and blind spots. The steps stand in `hunt`."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, field

from unrig.hunt.analytics import ANALYTICS
from unrig.hunt.analytics.exclusion_added import ANALYTIC as EXCLUSION_ADDED
from unrig.hunt.blind_spots import NOBODY, Question, all_needs, excluded, measure, observability, without
from unrig.hunt.clocks import plausible
from unrig.hunt.database import Database
from unrig.hunt.doubts import doubted
from unrig.hunt.engine import Address, Engine, EngineError, Telemetry
from unrig.hunt.engine_tables import opened
from unrig.hunt.engines import ENGINES
from unrig.hunt.ingest import Ingested, Workers, ingest
from unrig.hunt.judged import JUDGED, judge
from unrig.hunt.kept import Kept
from unrig.hunt.kinds import Analytic, LeadKind, Tables
from unrig.hunt.leads import LEAD_KINDS
from unrig.hunt.packed import PACKED_MODULES, packed_modules
from unrig.hunt.prepare import classes_there, devices_of, prepare
from unrig.hunt.sightings import About, counted, devices, ordered, sightings
from unrig.hunt.silences import pauses
from unrig.hunt.sources import with_extent
from unrig.hunt.stages import held, with_held
from unrig.hunt.tasks import LIMITS, PRELOAD
from unrig.hunt.triage import BENIGN, lapsed, triaged
from unrig.model.coverage import NotEvaluated
from unrig.model.device import device_id
from unrig.model.errors import UsageError
from unrig.model.lead import Lead
from unrig.model.policy import Pack
from unrig.model.progress import Counter
from unrig.model.results import HuntResult, Stats
from unrig.model.rule import Hijackable
from unrig.model.telemetry import Observability, Seen, Sighting, Triaged
from unrig.sandbox.layers import Layers
from unrig.store.event_tables import event_tables
from unrig.store.plans import Plans

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

__all__ = ["LIMITS", "PRELOAD", "HuntRequest", "hunt"]

DEFAULT_TECHNIQUES = ("T1195.002",)
"""Compromise Software Supply Chain: what a lead is about that names no technique."""


class HuntRequest(Struct, frozen=True, kw_only=True):
    """What to look at, and what for."""

    telemetry: tuple[str, ...]
    """Files, folders and globs."""
    leads: tuple[Lead, ...] = ()
    known_devices: tuple[str, ...] = ()
    """Devices that should have telemetry; one without a row is a blind spot."""
    triaged: tuple[Triaged, ...] = ()
    """What people decided about earlier sightings."""
    packs: tuple[Pack, ...] = ()
    """The packs in force, for the result."""
    hijackable: Mapping[str, Hijackable] = field(default_factory=dict)
    """Libraries that programs load from their own folder first, by file name, as packs name them."""
    keep: str | None = None
    """A folder whose tables are used where a file is unchanged."""
    database: Database | None = None
    """Where the telemetry lies, if not in files."""
    generated_at: dt.datetime
    unrig_version: str
    counter: Counter = field(default_factory=Counter)
    """Counts what is read, and tells it to whoever watches."""


class _Asked(Struct, frozen=True, kw_only=True):
    """One expression to run, what is said of its sightings, and its questions."""

    name: str
    unit: Analytic | LeadKind
    leads: tuple[Any, ...]
    about: dict[str, About]
    questions: tuple[Question, ...]


def hunt(request: HuntRequest, workers: Workers, plans: Plans | None = None) -> HuntResult:
    """Return what was seen, on which devices, and what could not have been seen.

    `workers` is a sandbox pool made with PRELOAD and LIMITS; `plans` are what questions were compiled to before.
    """
    started = time.monotonic()
    if request.database is not None:
        with engine_of(request.database.address).connect(request.database.address) as session:
            given = opened(session, request.database)
            read = Ingested(sources=with_extent(given.tables, given.sources), problems=given.problems, bytes=0)
            return asked_of(request, given.tables, read, workers.layers, started)
    kept = Kept(request.keep) if request.keep else None
    with event_tables(plans=plans, kept=kept.folder if kept else None) as store:
        read = ingest(request.telemetry, store, workers, request.counter, kept=kept)
        return asked_of(request, store, doubted(store, read, request.generated_at), workers.layers, started)


def engine_of(address: Address) -> Engine:
    """Return the engine that opens such an address. Raises UsageError where there is none, or for an unknown setting."""
    found = next((each for each in ENGINES if address.scheme in each.schemes), None)
    if found is None:
        known = ", ".join(f"{scheme}://" for each in ENGINES for scheme in each.schemes)
        raise UsageError(f"{address.shown}: expected an address that begins with one of {known}.")
    for name in address.settings:
        if not found.settings(name):
            raise UsageError(f"{address.shown}: expected no setting {name!r} in the address of {found.title}.")
    return found


def asked_of(request: HuntRequest, store: Telemetry, read: Ingested, layers: Layers, started: float) -> HuntResult:
    """Return what the event tables say, wherever they are; what their engine cannot do is not evaluated, by name."""
    prepare(store)
    store.put(PACKED_MODULES, packed_modules(request.hijackable))
    asked = tuple(_asked(request.leads))
    there = classes_there(store)
    answerable = tuple(ask for ask in asked if _answerable(ask, there))
    unable = _judge(store, answerable)
    found = ordered(each for ask in answerable for each in _run(store, ask, unable))
    found = triaged(found, request.triaged, request.generated_at.date())
    blind = _blind_spots(store, asked, found, request)
    blind = without(
        blind, {question.of: unable[ask.name] for ask in asked if ask.name in unable for question in ask.questions}
    )
    seconds = time.monotonic() - started
    lacking = (*_unasked(request.leads), *_nowhere(blind), *lapsed(request.triaged, request.generated_at.date()))
    return _result(request, read=read, found=found, blind=blind, lacking=lacking, seconds=seconds, layers=layers)


def _asked(leads: Sequence[Lead]) -> Iterator[_Asked]:
    """Yield what can be asked: each analytic, and each kind of lead of which there is one that can be hunted."""
    for analytic in ANALYTICS:
        given = _of_kind(leads, analytic.from_leads)
        if analytic.from_leads is None or given:
            yield _Asked(
                name=analytic.id,
                unit=analytic,
                leads=given,
                about={analytic.id: About(title=analytic.title, techniques=analytic.techniques)},
                questions=(
                    Question(
                        of=analytic.id,
                        title=analytic.title,
                        needs=analytic.needs,
                        history_days=analytic.history_days,
                        power=analytic.power,
                    ),
                ),
            )
    for kind in LEAD_KINDS:
        given = _of_kind(leads, kind.lead)
        if given:
            yield _Asked(
                name=kind.id,
                unit=kind,
                leads=given,
                about={
                    lead.id: About(title=kind.title, mild=kind.mild, techniques=lead.techniques or DEFAULT_TECHNIQUES)
                    for lead in given
                },
                questions=tuple(
                    Question(of=lead.id, title=kind.title, needs=kind.narrow(lead), window=lead.window)
                    for lead in given
                ),
            )


def _of_kind(leads: Iterable[Any], kind: type[Any] | None) -> tuple[Any, ...]:
    """Return the leads of a kind that name something to look for, each id once, sorted by it."""
    narrow = {each.lead: each.narrow for each in LEAD_KINDS}
    found = {lead.id: lead for lead in leads if type(lead) is kind and kind in narrow and narrow[kind](lead)}
    return tuple(found[each] for each in sorted(found))


def _answerable(ask: _Asked, there: frozenset[str]) -> bool:
    """Tell whether the events at hand are of all classes that an alternative of its needs names."""
    return any(there.issuperset(alternative) for question in ask.questions for alternative in question.needs)


def _judge(store: Telemetry, asked: Sequence[_Asked]) -> dict[str, str]:
    """Put for each question that compares groups of devices the table of what differs, judged over the whole run.

    Returns the questions that the engine cannot answer, and why.
    """
    unable: dict[str, str] = {}
    counts: dict[str, pa.Table] = {}
    for ask in asked:
        if ask.unit.tests is not None:
            try:
                counts[ask.name] = _tested(store, ask, ask.unit.tests)
            except EngineError as error:
                unable[ask.name] = str(error)
    for name, differing in zip(counts, judge([*counts.values()]), strict=True):
        store.put(_judged_of(name), differing)
    return unable


def _tested(store: Telemetry, ask: _Asked, tests: Callable[[Tables, tuple[Any, ...]], ir.Table]) -> pa.Table:
    return store.ask(_question("tests", ask), lambda: tests(store.tables, ask.leads))


def _judged_of(name: str) -> str:
    return f"{JUDGED} {name}"


def _question(of: str, ask: _Asked) -> str:
    """Return what an expression depends on: its unit and all that its leads say."""
    return f"{of} {ask.name} {msgspec.json.encode(ask.leads).decode()}"


def _run(store: Telemetry, ask: _Asked, unable: dict[str, str]) -> Iterator[Sighting]:
    """Yield what one question sees; nothing where the engine cannot answer it, which `unable` then says."""

    def expression() -> ir.Table:
        beside = {PACKED_MODULES: store.given(PACKED_MODULES)}
        if ask.unit.tests:
            beside[JUDGED] = store.given(_judged_of(ask.name))
        return counted(ask.unit.rows({**with_held(store, ask.unit), **beside}, ask.leads))

    if ask.name in unable:
        return
    try:
        with held(store, ask.unit, ask.leads, _question("for", ask)):
            answer = store.ask(_question("rows", ask), expression)
    except EngineError as error:
        unable[ask.name] = str(error)
        return
    yield from sightings(answer, ask.about)


def _blind_spots(
    store: Telemetry, asked: Sequence[_Asked], found: Sequence[Sighting], request: HuntRequest
) -> tuple[Observability, ...]:
    questions = [question for ask in asked for question in ask.questions]
    everyone = {device_id(name) for name in request.known_devices} | set(devices_of(store))
    names = sorted(everyone - {NOBODY}) or ["*"]
    answers: list[Observability] = []
    paused = pauses(store, all_needs(questions), request.generated_at)
    for window in {question.window: None for question in questions}:
        same = [question for question in questions if question.window == window]
        measured = measure(store, all_needs(same), plausible(window, request.generated_at))
        for question in same:
            seen_on = frozenset(each.device for each in found if each.of == question.of)
            answers += observability(question, measured, names, seen_on, paused)
    answers += excluded(found, EXCLUSION_ADDED.id)
    return tuple(sorted(answers, key=lambda each: (each.of, each.device)))


def _nowhere(blind: Sequence[Observability]) -> Iterator[NotEvaluated]:
    """Yield the questions that no device could answer."""
    by_question: dict[str, list[Observability]] = {}
    for each in blind:
        by_question.setdefault(each.of, []).append(each)
    for of, answers in by_question.items():
        if all(each.state is Seen.NOT_OBSERVABLE for each in answers):
            reasons = sorted({each.why for each in answers})
            yield NotEvaluated(rule=of, reason=f"on no device: {'; '.join(reasons)}")


def _not_asked_for(leads: Sequence[Lead]) -> Iterator[NotEvaluated]:
    """Yield the analytics that need leads of a kind that was not given: nothing is missing, nothing was asked."""
    for analytic in ANALYTICS:
        if analytic.from_leads is not None and not _of_kind(leads, analytic.from_leads):
            reason = f"no {analytic.from_leads.__name__} that names a file was given"
            yield NotEvaluated(rule=analytic.id, reason=reason)


def _unasked(leads: Sequence[Lead]) -> Iterator[NotEvaluated]:
    kinds = {kind.lead: kind for kind in LEAD_KINDS}
    for lead in {lead.id: lead for lead in leads}.values():
        kind = kinds.get(type(lead))
        if kind is None:
            yield NotEvaluated(rule=lead.id, reason=f"leads of the kind {type(lead).__name__} cannot be hunted yet")
        elif not kind.narrow(lead):
            yield NotEvaluated(rule=lead.id, reason=kind.without)


def _result(
    request: HuntRequest,
    *,
    read: Ingested,
    found: tuple[Sighting, ...],
    blind: tuple[Observability, ...],
    lacking: tuple[NotEvaluated, ...],
    seconds: float,
    layers: Layers,
) -> HuntResult:
    unseen = [each for each in blind if each.state is Seen.NOT_OBSERVABLE]
    idle = (*lacking, *_not_asked_for(request.leads))
    return HuntResult(
        generated_at=request.generated_at,
        unrig_version=request.unrig_version,
        complete=not (read.problems or unseen or lacking),
        because=_because(read, found, blind, lacking),
        leads=tuple(sorted({lead.id for lead in request.leads})),
        sightings=found,
        devices=devices(found),
        observability=blind,
        not_evaluated=tuple(sorted(idle, key=lambda each: (each.rule, each.reason))),
        sources=tuple(sorted(read.sources, key=lambda source: (source.path, source.id))),
        packs=request.packs,
        problems=tuple(sorted(read.problems, key=lambda problem: (problem.where, problem.id))),
        stats=Stats(
            files=len(read.sources),
            bytes=read.bytes,
            rows=sum(source.rows for source in read.sources),
            seconds=round(seconds, 3),
            sandbox=(*layers.in_force, *(f"-{gone.layer}: {gone.reason}" for gone in layers.missing)),
        ),
    )


def _because(
    read: Ingested, found: Sequence[Sighting], blind: Sequence[Observability], lacking: Sequence[NotEvaluated]
) -> tuple[str, ...]:
    unseen = {each.device for each in blind if each.state is Seen.NOT_OBSERVABLE}
    lines = []
    by_severity: dict[str, list[Sighting]] = {}
    for each in found:
        if each.triage.state != BENIGN:
            by_severity.setdefault(each.severity.value, []).append(each)
    for severity, group in by_severity.items():
        on = len({each.device for each in group})
        lines.append(f"{len(group)} {severity} {_plural('sighting', len(group))} on {on} {_plural('device', on)}")
    if not found:
        lines.append("nothing was seen")
    if unseen:
        lines.append(
            f"{len(unseen)} {_plural('device', len(unseen))} could not have shown something that was asked for"
        )
    silent = len({each.device for each in blind if each.silent})
    if silent:
        lines.append(
            f"{silent} {_plural('device', silent)} logged nothing of what was asked for on some days in between"
        )
    if lacking:
        lines.append(f"{len(lacking)} {_plural('question', len(lacking))} could not be asked")
    if read.problems:
        lines.append(f"{len(read.problems)} {_plural('problem', len(read.problems))} while reading")
    return tuple(lines)


def _plural(word: str, number: int) -> str:
    return word if number == 1 else f"{word}s"
