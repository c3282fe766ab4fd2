"""A case as one page of HTML: the five answers, their proof, and what could not be looked at.

The page needs nothing but itself: no script, no address outside, one style whose hash the policy names (Content
Security Policy Level 3, section 2.3.1). Everything from a case is untrusted: escaped, and shown without characters that
move text about.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources

import jinja2
from markupsafe import Markup
from msgspec import Struct

from unrig.data import attack
from unrig.model import moment_text
from unrig.model.exposure import Affected, Exposure, Fixed, NotAffected, UnderInvestigation
from unrig.model.finding import Finding
from unrig.model.identity import discriminating_keys
from unrig.model.lead import HashLead
from unrig.model.place import EventRef, Evidence, Key, Range
from unrig.model.problem import Problem
from unrig.model.results import CaseResult, HuntResult, RespondResult, ScopeResult, VetResult
from unrig.model.telemetry import Observability, Seen, Sighting
from unrig.report.layout import safe, size

FEW = 200
"""Rows of a list on the page; the rest stands in the case's results, which the page names."""
WINDOW_DIGITS = 64
"""Hexadecimal digits of a proof on the page: what a person compares by eye."""


class CasePage(Struct, frozen=True, kw_only=True):
    """What the page shows: what each verb last said, and what of the case could not be read."""

    id: str
    name: str
    tlp: str
    state: str
    revision: int
    vets: tuple[VetResult, ...] = ()
    """The releases that were vetted, each once."""
    hunt: HuntResult | None = None
    scope: ScopeResult | None = None
    case: CaseResult | None = None
    respond: RespondResult | None = None
    problems: tuple[Problem, ...] = ()


class Blind(Struct, frozen=True, kw_only=True):
    """What a hunt could not have seen, and on how many devices."""

    of: str
    why: str
    remedy: str
    devices: int


def render(page: CasePage) -> bytes:
    """Return the page; the same case gives the same bytes."""
    template = _environment().get_template("case.html")
    return template.render(page=page, few=FEW, style=Markup(_style()), policy=f"{_sources()}").encode()  # noqa: S704  (our own style sheet)


def security_policy() -> str:
    """Return the Content-Security-Policy to send with the page: nothing may load, run, frame or post."""
    return f"{_sources()}; frame-ancestors 'none'"


def _sources() -> str:
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@cache
def _style() -> str:
    return resources.files("unrig.report").joinpath("templates/case.css").read_text(encoding="utf-8")


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("unrig.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters |= {
        "blind": blind_spots,
        "exposure": exposure_word,
        "moment": moment_text.write,
        "place": place,
        "rigged": blockable,
        "seen_on": seen_on,
        "size": size,
        "technique": attack.label,
    }
    return environment


def _shown(value: object) -> object:
    """Return what is printed for a value: text without control and bidi characters; markup is the template's own."""
    return safe(str(value)) if isinstance(value, str) and not isinstance(value, Markup) else value


def place(evidence: Evidence, finding: Finding) -> str:
    """Return where a proof stands, as a person would look it up."""
    paths = {ref.id: ref.path for ref in finding.artifacts}
    match evidence.place:
        case Range(artifact=artifact, offset=offset, length=length):
            return f"{paths.get(artifact, artifact)} at 0x{offset:x}, {length:,} bytes"
        case Key(artifact=artifact, key=key):
            return f"{paths.get(artifact, artifact)}: {key}"
        case EventRef(source=source, record=record):
            return f"{source} record {record}"


def blockable(result: VetResult) -> dict[str, str]:
    """Return the SHA-256 and name of each file that may be matched and blocked."""
    leads = [lead for lead in result.leads if isinstance(lead, HashLead)]
    return {
        lead.identity.sha256: lead.identity.name
        for lead in leads
        if discriminating_keys(lead.identity).get("sha256") == lead.identity.sha256
    }


def seen_on(result: HuntResult) -> dict[str, list[Sighting]]:
    """Return the sightings by device: those of the highest score first, each in order of time."""
    by_device: dict[str, list[Sighting]] = {}
    for sighting in sorted(result.sightings, key=lambda one: (one.first, one.id)):
        by_device.setdefault(sighting.device, []).append(sighting)
    scores = {one.device: one.score for one in result.devices}
    return {name: by_device[name] for name in sorted(by_device, key=lambda name: (-scores.get(name, 0), name))}


def blind_spots(observability: tuple[Observability, ...]) -> list[Blind]:
    """Return what could not have been seen, grouped by reason, the widest first."""
    groups: dict[tuple[str, str, str], int] = {}
    for entry in observability:
        if entry.state is Seen.NOT_OBSERVABLE:
            key = (entry.of, entry.why, entry.remedy)
            groups[key] = groups.get(key, 0) + 1
    ranked = sorted(groups.items(), key=lambda item: (-item[1], item[0]))
    return [Blind(of=of, why=why, remedy=remedy, devices=count) for (of, why, remedy), count in ranked]


def exposure_word(exposure: Exposure) -> str:
    """Return the answer with what makes it true."""
    match exposure:
        case Affected(action=action):
            return f"affected: {action}"
        case NotAffected(justification=justification):
            return f"not affected: {justification.replace('_', ' ')}"
        case Fixed(by=by):
            return f"fixed, by {by[:16]}"
        case UnderInvestigation(missing=missing):
            return f"under investigation: the inventory lacks {', '.join(missing)}"
