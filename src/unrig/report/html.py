"""Results as pages of HTML: the answers, their proof, and what could not be looked at.

A page needs nothing but itself: no script, no address outside, one style whose hash the policy names (Content
Security Policy Level 3, section 2.3.1). Everything from a result is untrusted: escaped, and shown without characters
that move text about. The page of one result and that of a whole case are made of the same parts.
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
from unrig.model.problem import Problem
from unrig.model.results import CaseResult, HuntResult, RespondResult, Result, ScopeResult, VetResult
from unrig.report import base_rate_text
from unrig.report.html_values import blind_spots, counted, exposure_word, place, seen_on, silent
from unrig.report.layout import safe, size
from unrig.report.vet_view import view_of

FEW = 200
"""Rows of a list on the page; the rest stands in the JSON document, which the page names."""
EACH = 8
"""Proofs of a finding, or sightings on a device, that stand on the page."""


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


def render(page: CasePage) -> bytes:
    """Return the page of a case; the same case gives the same bytes."""
    return _filled("case.html", page=page, vets=[view_of(vet) for vet in page.vets])


def render_result(result: Result) -> bytes:
    """Return the page of one result, for a file that is opened from anywhere; the same result gives the same bytes."""
    view = view_of(result) if isinstance(result, VetResult) else None
    kind = result.schema.partition(".")[2].partition("/")[0]
    return _filled("result.html", result=result, view=view, kind=kind)


def security_policy() -> str:
    """Return the Content-Security-Policy to send with a page: nothing may load, run, frame or post."""
    return f"{_sources()}; frame-ancestors 'none'"


def _filled(template: str, **values: object) -> bytes:
    style = Markup(_style())  # noqa: S704  (our own style sheet)
    return _environment().get_template(template).render(style=style, policy=_sources(), **values).encode()


def _sources() -> str:
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@cache
def _style() -> str:
    return resources.files("unrig.report").joinpath("templates/page.css").read_text(encoding="utf-8")


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
    environment.globals |= {"few": FEW, "each": EACH}
    environment.filters |= {
        "blind": blind_spots,
        "counted": counted,
        "exposure": exposure_word,
        "moment": moment_text.write,
        "place": place,
        "seen_on": seen_on,
        "silent": silent,
        "size": size,
        "technique": attack.label,
        "base_rate": base_rate_text.said,
    }
    return environment


def _shown(value: object) -> object:
    """Return what is printed for a value: text without control and bidi characters; markup is the template's own."""
    return safe(str(value)) if isinstance(value, str) and not isinstance(value, Markup) else value
