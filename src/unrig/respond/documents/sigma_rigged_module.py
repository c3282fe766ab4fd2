"""Sigma rule: a process loads one of the rigged files, told by SHA-256.

Refuses:  cases in which no rigged file is one that Windows loads as an image (a macOS library, a bare installer).
Stable:   the same case gives the same bytes and the same rule id. It matches SHA-256 that discriminate, never an
          Authenticode hash, a name, a signer or a version, so it stays silent on the genuine and the repaired file.
"""

from __future__ import annotations

from unrig.exchange.sigma_rule import FieldMatch, Search, SigmaRule, attack_tags, rule_uuid, write_rule
from unrig.model.paths import file_name
from unrig.respond.emitter import Emitter, Refusal, ResponseInputs
from unrig.respond.images import is_image
from unrig.respond.never_block import DenyKey


def emit(inputs: ResponseInputs) -> bytes | Refusal:
    """Return the rule as YAML, or why there is none."""
    denied = tuple(sorted({deny.value: deny for deny in _loadable(inputs)}.values(), key=lambda deny: deny.value))
    if not denied:
        return Refusal(
            reason="no rigged file with a SHA-256 that discriminates is one that Windows loads as an image",
            action="none for this platform; use the deny list or the notice",
        )
    rule = SigmaRule(
        title="Rigged Module Loaded",
        id=rule_uuid("rigged-module", inputs.case_id),
        description=f"A module of a rigged release is loaded, by its SHA-256 (case {inputs.case_id}).",
        author=f"unrig {inputs.unrig_version}",
        date=inputs.generated_at.date(),
        tags=attack_tags(tuple(technique for rigged in inputs.rigged for technique in rigged.techniques)),
        category="image_load",
        product="windows",
        searches=(Search(name="selection", fields=(_hashes(denied),)),),
        condition="selection",
        false_positives=("None known: no good file has these bytes",),
        level="critical",
    )
    return write_rule(rule)


def _loadable(inputs: ResponseInputs) -> list[DenyKey]:
    return [
        deny
        for rigged in inputs.rigged
        for deny in rigged.deny
        if deny.key == "sha256" and is_image(file_name(rigged.paths.get(deny.value) or deny.identity.name))
    ]


def _hashes(denied: tuple[DenyKey, ...]) -> FieldMatch:
    # Sysmon writes the field as SHA1=...,MD5=...,SHA256=...,IMPHASH=..., hex in upper case (Sysmon schema, event 7).
    return FieldMatch(
        field="Hashes", modifiers=("contains",), values=tuple(f"SHA256={deny.value.upper()}" for deny in denied)
    )


EMITTER = Emitter(id="sigma-rigged-module", standard="Sigma", version="2.0", path="sigma-rigged-module.yml", emit=emit)
