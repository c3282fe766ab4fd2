"""OpenVEX: which products are affected, not affected, fixed or still looked into, for scanners to read.

Refuses:  cases without a release that vet called rigged or suspicious: there is nothing to state.
Stable:   the same case, issue and `generated_at` give the same bytes; statements stand by status, then product; the
          document's id is derived from its content. A product is named by SHA-256, and by purl only where the purl
          tells the rigged from the good. Devices and customers are not in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import assert_never
from urllib.parse import quote

import msgspec

from unrig.exchange.openvex import Justification, OpenVex, Product, Statement, Vulnerability, write_openvex
from unrig.model.exposure import Affected, Exposure, Fixed, NotAffected, UnderInvestigation
from unrig.model.identity import Identity, discriminating_keys
from unrig.respond.emitter import Emitter, Refusal, ResponseInputs

_ORDER = {"affected": 0, "under_investigation": 1, "fixed": 2, "not_affected": 3}


def emit(inputs: ResponseInputs) -> bytes | Refusal:
    """Return the document's bytes, or why there is none."""
    if not inputs.rigged:
        return Refusal(reason="no release of the case is rigged or suspicious", action="vet the release first")
    vulnerability = Vulnerability(
        id=f"urn:unrig:case:{quote(inputs.case_id, safe='')}",
        name=f"UNRIG-{inputs.case_id}",
        description="A release as its publisher shipped it carries code or data that the publisher did not write.",
    )
    statements = _each_once((*_from_vet(inputs, vulnerability), *_from_scope(inputs, vulnerability)))
    if not statements:
        return Refusal(
            reason="no key of the rigged release tells it from a good one, and no inventory was looked at",
            action="vet with a baseline, so that the keys can be compared",
        )
    return write_openvex(
        OpenVex(
            id=f"urn:unrig:vex:{_digest(inputs, statements)}",
            author=inputs.author,
            role="Document Creator",
            timestamp=inputs.generated_at,
            version=inputs.issue,
            tooling=f"unrig {inputs.unrig_version}",
            statements=statements,
        )
    )


def _from_vet(inputs: ResponseInputs, vulnerability: Vulnerability) -> Iterator[Statement]:
    for rigged in inputs.rigged:
        name = " ".join(filter(None, (rigged.release.name, rigged.release.version, rigged.release.platform)))
        for deny in rigged.deny:
            if deny.key == "sha256":
                path = rigged.paths.get(deny.value, "")
                yield Statement(
                    vulnerability=vulnerability,
                    products=(_by_hash(deny.value),),
                    status="affected",
                    status_notes=f"{path} of {name}" if path else name,
                    action_statement=_action(inputs),
                )
    if inputs.fix is not None:
        yield Statement(
            vulnerability=vulnerability,
            products=(_by_hash(inputs.fix.sha256),),
            status="fixed",
            status_notes=f"{inputs.fix.name} {inputs.fix.version}, vetted".strip(),
        )


def _from_scope(inputs: ResponseInputs, vulnerability: Vulnerability) -> Iterator[Statement]:
    for exposure in inputs.exposures:
        statement = _statement(exposure, vulnerability, inputs)
        if statement is not None:
            yield statement


def _statement(exposure: Exposure, vulnerability: Vulnerability, inputs: ResponseInputs) -> Statement | None:
    product = _product(exposure)
    notes = " ".join(
        filter(None, (exposure.identity.name, exposure.identity.version, exposure.identity.platform, exposure.reason))
    )
    match exposure:
        case Affected():
            return Statement(
                vulnerability=vulnerability,
                products=(product,),
                status="affected",
                status_notes=notes,
                action_statement=_action(inputs),
            )
        case UnderInvestigation():
            return Statement(
                vulnerability=vulnerability, products=(product,), status="under_investigation", status_notes=notes
            )
        case Fixed():
            # Only the build that was verified may be called fixed, whatever an earlier scope took for it.
            if inputs.fix is None or exposure.by != inputs.fix.sha256:
                return None
            return Statement(vulnerability=vulnerability, products=(product,), status="fixed", status_notes=notes)
        case NotAffected():
            return Statement(
                vulnerability=vulnerability,
                products=(product,),
                status="not_affected",
                status_notes=notes,
                justification=msgspec.convert(exposure.justification, Justification),
            )
    assert_never(exposure)


def _product(exposure: Exposure) -> Product:
    identity = exposure.identity
    if isinstance(exposure, UnderInvestigation):
        identifiers = {"purl": identity.purl} if identity.purl else {}
        return Product(id=f"urn:unrig:exposure:{exposure.id}", identifiers=identifiers)
    if identity.sha256:
        return _by_hash(identity.sha256, _telling_purl(identity))
    return Product(id=f"urn:unrig:exposure:{exposure.id}", identifiers=_telling_purl(identity))


def _telling_purl(identity: Identity) -> dict[str, str]:
    purl = discriminating_keys(identity).get("purl", "")
    return {"purl": purl} if purl else {}


def _by_hash(sha256: str, identifiers: dict[str, str] | None = None) -> Product:
    return Product(id=f"urn:unrig:sha256:{sha256}", identifiers=identifiers or {}, hashes={"sha-256": sha256})


def _action(inputs: ResponseInputs) -> str:
    if inputs.fix is None:
        return (
            "Remove the product; no repaired build has been vetted yet. Use the web client where the product has one."
        )
    build = f"{inputs.fix.name} {inputs.fix.version}".strip()
    return f"Remove the product, then install {build} (SHA-256 {inputs.fix.sha256})."


def _each_once(statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """Return the statements by status and product; a product has one status only, the gravest."""
    order = sorted(statements, key=lambda s: (_ORDER[s.status], s.products[0].id))
    return tuple({statement.products[0].id: statement for statement in reversed(order)}.values())[::-1]


def _digest(inputs: ResponseInputs, statements: tuple[Statement, ...]) -> str:
    content = msgspec.json.encode((inputs.case_id, inputs.issue, statements))
    return hashlib.sha256(content).hexdigest()[:32]


EMITTER = Emitter(id="openvex", standard="OpenVEX", version="0.2.0", path="openvex.json", emit=emit)
