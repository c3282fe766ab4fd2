"""The five answers of `investigate`, short enough for one screen; `--verbose` gives each verb's own report instead."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from rich.console import Console
from rich.text import Text

from unrig.model.case import TimelineEntry
from unrig.model.exposure import Affected, UnderInvestigation
from unrig.model.levels import Answer, Severity, severity_rank
from unrig.model.moment import Precision
from unrig.model.problem import Problem
from unrig.model.results import CaseResult, HuntResult, RespondResult, ScopeResult, VetResult
from unrig.model.telemetry import Seen, Sighting
from unrig.report.layout import STYLES, paragraph, safe
from unrig.report.text_scope import contains, denominator

FEW = 4


class Answers(Struct, frozen=True, kw_only=True):
    """The results of one investigation; None where there was nothing to look at."""

    vet: VetResult
    hunt: HuntResult | None
    scope: ScopeResult | None
    case: CaseResult
    respond: RespondResult
    folder: str
    """The case folder as the user gave it."""
    resumed: tuple[str, ...] = ()
    unkept: tuple[Problem, ...] = ()
    """Why the bytes of some artifacts are not with the case."""


def show(console: Console, answers: Answers) -> None:
    """Print the five questions with their answers, then where everything stands."""
    release = answers.vet.release
    word = Text(f" {answers.vet.verdict.upper()} ", style=STYLES[answers.vet.verdict])
    _question(console, "1. Was it rigged?", word, f"{release.name} {release.version} {release.platform}".strip())
    paragraph(console, "", answers.vet.because[:2])
    _question(console, "2. Where has it run, and what has it done?")
    paragraph(console, "", _ran(answers.hunt) if answers.hunt else ["no telemetry was given"])
    _question(console, "3. Who has it?")
    paragraph(console, "", _has(answers.scope) if answers.scope else ["no inventory was given"])
    _question(console, "4. What happened?")
    paragraph(console, "", _happened(answers.case, answers.hunt))
    _question(console, "5. What to do?")
    paragraph(console, "", _to_do(answers))
    console.print()
    done = f" (not done again: {', '.join(answers.resumed)})" if answers.resumed else ""
    paragraph(
        console, "Proof", [f"{answers.folder}/results and {answers.folder}/derived{done}; --verbose prints it all"]
    )
    paragraph(console, "Not kept", (f"{p.where}: expected {p.expected}, found {p.observed}" for p in answers.unkept))


def _question(console: Console, question: str, word: Text | None = None, rest: str = "") -> None:
    console.print()
    console.print(Text.assemble((question, "bold"), "  ", word or "", f"  {safe(rest)}" if rest else ""))


def _ran(hunt: HuntResult) -> Iterator[str]:
    by_device: dict[str, list[Sighting]] = {}
    for sighting in hunt.sightings:
        if severity_rank(sighting.severity) > severity_rank(Severity.LOW):
            by_device.setdefault(sighting.device, []).append(sighting)
    yield f"seen on {_count(len(by_device), 'device')}" if by_device else "seen on no device"
    ranked = [d for d in sorted(hunt.devices, key=lambda d: (-d.score, d.device)) if d.device in by_device]
    for device in ranked[:FEW]:
        yield f"  {device.device}: {', then '.join(device.stages)}; {_worst(by_device[device.device])}"
    if len(ranked) > FEW:
        yield f"  ... and {_count(len(ranked) - FEW, 'more device')}"
    blind = {entry.device: entry for entry in hunt.observability if entry.state is Seen.NOT_OBSERVABLE}
    if blind:
        remedies = sorted({entry.remedy for entry in blind.values() if entry.remedy})
        yield f"not everything could have been seen on {_count(len(blind), 'device')}: {', '.join(sorted(blind)[:FEW])}"
        yield from (f"  to see it: {remedy}" for remedy in remedies[:2])


def _worst(sightings: list[Sighting]) -> str:
    first = min(sightings, key=lambda s: (-severity_rank(s.severity), s.first))
    return f"first {first.first:%Y-%m-%d %H:%M}: {first.detail or first.title}"


def _has(scope: ScopeResult) -> Iterator[str]:
    affected = [e for e in scope.exposures if isinstance(e, Affected)]
    open_ones = [e for e in scope.exposures if isinstance(e, UnderInvestigation)]
    yield f"{sum(e.devices for e in affected):,} of {denominator(scope):,} devices are affected, told by {_keys(affected)}"
    customers = sorted({group.customer for e in affected for group in e.groups if group.customer})
    if customers:
        yield f"  at {', '.join(customers[:FEW])}{' and others' if len(customers) > FEW else ''}"
    if open_ones:
        devices = sum(e.devices for e in open_ones)
        missing = sorted({word for e in open_ones for word in e.missing})
        yield f"{devices:,} more have the product, but the inventory cannot tell which build (it lacks: {', '.join(missing)})"
    for one in scope.embedded[:FEW]:
        yield f"{contains(one)}, by its {one.matched_by}"


def _keys(affected: list[Affected]) -> str:
    return ", ".join(sorted({key for e in affected for key in e.matched_by})) or "nothing"


def _happened(case: CaseResult, hunt: HuntResult | None) -> Iterator[str]:
    """Say what shows the release or what it did, not where merely its product runs; claims where nothing does."""
    low = severity_rank(Severity.LOW)
    mild = {s.id for s in (hunt.sightings if hunt else ()) if severity_rank(s.severity) <= low}
    seen = [e for e in case.timeline if not e.source.startswith("claim by") and not mild.issuperset(e.evidence)]
    yield from (_dated(entry) for entry in (seen or list(case.timeline))[: FEW + 1])
    yield from (attribution.sentence for attribution in case.attribution[:FEW])
    if not case.attribution:
        yield "nobody has said who it was"


def _dated(entry: TimelineEntry) -> str:
    shape = (
        "%Y-%m-%d %H:%M"
        if entry.when.precision in (Precision.MICROSECOND, Precision.SECOND, Precision.MINUTE)
        else "%Y-%m-%d"
    )
    return f"{entry.when.at.strftime(shape):<17} {entry.what}"


def _to_do(answers: Answers) -> Iterator[str]:
    for exposure in answers.scope.exposures if answers.scope else ():
        if isinstance(exposure, Affected):
            yield exposure.action
            break
    failed = [d.path for d in answers.respond.documents for check in d.checks if check.result == "failed"]
    names = ", ".join(document.path for document in answers.respond.documents)
    yield f"read and send: {names}" if names else "nothing has to be sent"
    if failed:
        yield f"not yet fit to send: {', '.join(failed)} (see --verbose)"
    fix = answers.respond.fix
    yield (
        f"replace it by {fix.name} {fix.version}, vetted: {fix.sha256}"
        if fix
        else "no fixed build was vetted yet: --fix NEWBUILD"
    )
    for never in sorted(answers.respond.never_block, key=lambda one: one.value not in _genuine(answers.vet))[:1]:
        yield f"never block {never.kind} {never.value[:16]}...: {never.reason}"


def _genuine(vet: VetResult) -> frozenset[str]:
    """Return the Authenticode hashes that a rigged file is known to share with a genuine one: the costliest mistake."""
    return frozenset(
        value
        for artifact in vet.artifacts
        for algorithm, value in artifact.identity.authenticode_hash.items()
        if artifact.identity.discriminates.get(f"authenticode_hash.{algorithm}") is Answer.NO
        and artifact.identity.discriminates.get("sha256") is Answer.YES
    )


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
