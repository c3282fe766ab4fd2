"""`unrig investigate`: vet, hunt, scope, case and respond in a row, over one case folder that resumes.

A step whose inputs (by hash) and unrig are those of a step that the case already holds is not done again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from unrig.case import run as case_run
from unrig.case.collect import ReadClaims, collect
from unrig.case.pipeline import derive
from unrig.loop import exhibits
from unrig.loop.answering import Said, answer, request_of
from unrig.loop.compared import Compared
from unrig.loop.keeping import Keeper, once
from unrig.loop.steps import inputs_of, of_bytes
from unrig.model.errors import UsageError
from unrig.model.lead import Lead
from unrig.model.problem import Problem
from unrig.model.results import CaseResult, HuntResult, RespondResult, ScopeResult, VetResult
from unrig.respond.digest import RespondRequest
from unrig.respond.pipeline import RespondOutcome
from unrig.store import case_folder
from unrig.store.case_folder import StepInput


class Verbs(Struct, frozen=True, kw_only=True):
    """How each verb is run; the caller has opened caches and workers and knows paths and policies."""

    vet: Callable[[], VetResult]
    hunt: Callable[[tuple[Lead, ...]], HuntResult]
    scope: Callable[[tuple[Lead, ...], Compared], ScopeResult]
    compare: Callable[[], Compared]
    """Vets the baselines and the fixed build, which say what is good and what replaces the rigged one."""
    respond: Callable[[RespondRequest], RespondOutcome]
    read_claims: ReadClaims
    contents: exhibits.Contents
    """Gives the bytes of artifacts of the investigated release, to be kept."""


class Investigation(Struct, frozen=True, kw_only=True):
    """What is to be investigated. Paths are as the user gave them."""

    case: Path
    release: Path
    baselines: tuple[Path, ...] = ()
    telemetry: tuple[str, ...] = ()
    inventory: tuple[str, ...] = ()
    sboms: tuple[str, ...] = ()
    claims: tuple[Path, ...] = ()
    known_devices: tuple[str, ...] = ()
    """Devices that should have telemetry."""
    fix: Path | None = None
    options: str = ""
    """Whatever else changes a result (policy, packs, CRLs), as one text."""
    at: dt.datetime


class Investigated(Struct, frozen=True, kw_only=True):
    """The result of each step; None where there was nothing to look at."""

    vet: VetResult
    hunt: HuntResult | None
    scope: ScopeResult | None
    case: CaseResult
    respond: RespondResult
    resumed: tuple[str, ...]
    """Verbs that an earlier run had done already."""
    unkept: tuple[Problem, ...] = ()
    """Why the bytes of some artifact with a finding are not kept with the case."""


def investigate(asked: Investigation, verbs: Verbs) -> Investigated:
    """Run the loop; what one step finds leads the next. Raises UsageError as the verbs do."""
    with case_folder.open_case(asked.case) as case:
        if case.read_only:
            raise UsageError(f"{asked.case}: expected a case that this unrig may write, found one {case.read_only}")
        keeper = Keeper(case=case, at=asked.at)
        vet = _vet(asked, verbs, keeper)
        unkept = exhibits.keep(case, vet, verbs.contents)
        hunt = _hunt(asked, verbs, keeper, vet)
        beside = verbs.compare()
        scope = _scope(asked, verbs, keeper, vet, beside)
        claims = [case_run.GivenClaims(name=path.name, data=_bytes(path)) for path in asked.claims]
        case_run.keep_claims(case, claims, asked.at)
        derived = _derive(keeper, verbs.read_claims)
        said = Said(vets=(vet,), hunt=hunt, scope=scope, case=derived)
        request = request_of(
            said,
            beside.fix,
            case_id=derived.id,
            title=derived.name,
            at=derived.generated_at,
            version=derived.unrig_version,
        )
        respond = answer(keeper, request, verbs.respond)
    return Investigated(
        vet=vet, hunt=hunt, scope=scope, case=derived, respond=respond, resumed=tuple(keeper.resumed), unkept=unkept
    )


def _vet(asked: Investigation, verbs: Verbs, keeper: Keeper) -> VetResult:
    inputs = (
        *inputs_of("release", [str(asked.release)]),
        *inputs_of("baseline", [str(path) for path in asked.baselines]),
        of_bytes("options", asked.options.encode()),
    )
    return once(keeper, "vet", inputs, VetResult, verbs.vet)


def _hunt(asked: Investigation, verbs: Verbs, keeper: Keeper, vet: VetResult) -> HuntResult | None:
    if not asked.telemetry:
        return None
    roster = [of_bytes("devices", "\n".join(sorted(asked.known_devices)).encode())] if asked.known_devices else []
    inputs = (*inputs_of("telemetry", asked.telemetry), _leads_input(vet), *roster)
    return once(keeper, "hunt", inputs, HuntResult, lambda: verbs.hunt(vet.leads))


def _scope(asked: Investigation, verbs: Verbs, keeper: Keeper, vet: VetResult, beside: Compared) -> ScopeResult | None:
    if not asked.inventory and not asked.sboms:
        return None
    given = (*inputs_of("inventory", asked.inventory), *inputs_of("sbom", asked.sboms))
    others = (*beside.baselines, *((beside.fix,) if beside.fix else ()))
    known = tuple(of_bytes("beside", f"{one.release.sha256} {one.verdict}".encode()) for one in others)
    inputs = (*given, *known, _leads_input(vet))
    return once(keeper, "scope", inputs, ScopeResult, lambda: verbs.scope(vet.leads, beside))


def _derive(keeper: Keeper, read_claims: ReadClaims) -> CaseResult:
    """Derive the case from what came before it."""
    collected = collect(keeper.case, keeper.at, read_claims)
    return once(keeper, "case", collected.read, CaseResult, lambda: derive(collected.inputs))


def _leads_input(vet: VetResult) -> StepInput:
    return of_bytes("leads", msgspec.json.encode(vet.leads))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: expected a claims file that can be read, found: {error.strerror}.") from error
