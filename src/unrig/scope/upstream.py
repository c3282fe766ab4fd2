"""Who embeds it: SBOMs against the same keys as inventories.

A component is *the thing* by a key that discriminates (its SHA-256, that of its distribution, or a purl that a lead
calls discriminating). A name with a version is a question, never an answer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from msgspec import Struct

from unrig.exchange.cyclonedx import MAX_BYTES, Bom, BomComponent, read_bom
from unrig.model.exposure import Embedded, UnderInvestigation, exposure_id
from unrig.model.identity import Identity
from unrig.model.problem import Problem, ProblemKind, new_problem
from unrig.scope.match import Match, MatchIndex, identity_keys
from unrig.scope.words import product_key


class SbomTask(Struct, frozen=True, kw_only=True):
    """One SBOM to read; `source` is what a person calls it."""

    source: str


class SbomRead(Struct, frozen=True, kw_only=True):
    """What a worker read of one SBOM; `bom` is None where it is of a kind that is not read."""

    source: str
    bom: Bom | None
    problems: tuple[Problem, ...] = ()


class Answer(Struct, frozen=True, kw_only=True):
    """What the SBOMs say: products that contain the thing, and products that might."""

    embedded: tuple[Embedded, ...]
    questions: tuple[UnderInvestigation, ...]


def read_sbom(argument: SbomTask, descriptors: tuple[int, ...]) -> SbomRead:
    """Return one SBOM; runs in a sealed worker. Raises `FormatError` or `LimitError` where nothing can be read."""
    data = _content(descriptors[0])
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return SbomRead(source=argument.source, bom=None, problems=(_xml(argument.source),))
    bom = read_bom(data, argument.source)
    return SbomRead(source=argument.source, bom=bom, problems=bom.problems)


def embedders(reads: tuple[SbomRead, ...], index: MatchIndex) -> Answer:
    """Return the products that contain the rigged thing, and those whose SBOM names it without saying its hash."""
    embedded: list[Embedded] = []
    questions: list[UnderInvestigation] = []
    for read in reads:
        for component in read.bom.components if read.bom else ():
            if match := _match(component, index):
                embedded.append(_embedded(read, component, match))
            elif _named(component, index):
                questions.append(_question(read, component))
    order = sorted(set(embedded), key=lambda e: (e.product, e.component, e.path, e.matched_by))
    return Answer(embedded=tuple(order), questions=tuple(sorted(questions, key=lambda q: q.id)))


def _content(descriptor: int) -> bytes:
    blocks = []
    size = 0
    while (block := os.pread(descriptor, 1 << 20, size)) and size <= MAX_BYTES:
        blocks.append(block)
        size += len(block)
    return b"".join(blocks)


def _keys(component: BomComponent) -> Iterator[tuple[str, str]]:
    yield from identity_keys(Identity(sha256=component.sha256, purl=component.purl))
    for sha256 in component.distributions:
        yield "sha256", sha256


def _match(component: BomComponent, index: MatchIndex) -> Match | None:
    return index.rigged.find(_keys(component))


def _named(component: BomComponent, index: MatchIndex) -> bool:
    """Return whether a component without a hash that decides carries the product's name."""
    good = index.good.find(_keys(component)) or index.fixed.find(_keys(component))
    return good is None and product_key(component.name.rsplit("/", 1)[-1]) in index.products


def _embedded(read: SbomRead, component: BomComponent, match: Match) -> Embedded:
    return Embedded(
        product=_product(read),
        component=component.name or match.identity.name,
        path=f"{read.source}#{component.pointer}",
        says="sbom",
        matched_by=match.key,
        version=component.version,
    )


def _product(read: SbomRead) -> str:
    product = read.bom.product if read.bom else None
    if product is None or not product.name:
        return read.source
    return f"{product.name} {product.version}".strip()


def _question(read: SbomRead, component: BomComponent) -> UnderInvestigation:
    reason = f"the SBOM of {_product(read)} names it at {component.pointer}, and no hash there decides"
    if component.sha256:
        reason = f"the SBOM of {_product(read)} names it at {component.pointer}, with a hash of no release known here"
    return UnderInvestigation(
        id=exposure_id("sbom", read.source, component.pointer),
        identity=Identity(name=component.name, version=component.version, purl=component.purl, sha256=component.sha256),
        devices=0,
        denominator=0,
        matched_by=("name",),
        reason=reason,
        missing=("baseline",) if component.sha256 else ("sha256",),
    )


def _xml(source: str) -> Problem:
    return new_problem(
        kind=ProblemKind.UNSUPPORTED,
        where=source,
        expected="CycloneDX in JSON",
        observed="XML",
        effect="the components of this SBOM were not matched",
        action="convert it to JSON (for instance `cyclonedx-cli convert`), or ask its author for the JSON form",
    )
