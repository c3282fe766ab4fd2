"""Sigma rule: a program of the product loads a module by the name of one of its own, with bytes the release never had.

Refuses:  cases without a manifest that lists programs and modules for Windows, or with one of more than 4,000 hashes
          (no engine takes such a rule).
Stable:   the same case gives the same bytes and the same rule id. Names only select what to compare; what decides is
          the SHA-256 that the manifest lists. Records without a SHA-256 never match.
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.exchange.sigma_rule import FieldMatch, Search, SigmaRule, attack_tags, literal, rule_uuid, write_rule
from unrig.model.lead import ManifestEntry
from unrig.model.paths import file_name, parts, unlabel
from unrig.respond.emitter import Emitter, Refusal, ResponseInputs
from unrig.respond.images import is_image, is_program

MAX_HASHES = 4_000


def emit(inputs: ResponseInputs) -> bytes | Refusal:
    """Return the rule as YAML, or why there is none."""
    entries = tuple(_clean_entries(inputs))
    programs = sorted({name for entry in entries if is_program(name := _name(entry))})
    modules = sorted(
        {name for entry in _all_entries(inputs) if is_image(name := _name(entry)) and not is_program(name)}
    )
    known = sorted({entry.sha256 for entry in entries if is_image(_name(entry))})
    if not programs or not modules or not known:
        return Refusal(
            reason="no manifest lists both a program and a module for Windows",
            action="vet the release with its installer unpacked, so that its files are listed",
        )
    if len(known) > MAX_HASHES:
        return Refusal(reason=f"the manifest has {len(known)} hashes", action="hunt with unrig and the manifest lead")
    searches = (
        Search(
            name="selection",
            fields=(
                FieldMatch(field="Image", modifiers=("endswith",), values=_endings(programs)),
                FieldMatch(field="ImageLoaded", modifiers=("endswith",), values=_endings(modules)),
                FieldMatch(field="Hashes", modifiers=("contains",), values=("SHA256=",)),
            ),
        ),
        Search(
            name="filter_main_manifest",
            fields=(
                FieldMatch(
                    field="Hashes", modifiers=("contains",), values=tuple(f"SHA256={one.upper()}" for one in known)
                ),
            ),
        ),
    )
    return write_rule(_rule(inputs, searches))


def _rule(inputs: ResponseInputs, searches: tuple[Search, ...]) -> SigmaRule:
    return SigmaRule(
        title="Module Not From the Release Manifest",
        id=rule_uuid("foreign-module", inputs.case_id),
        description=(
            "A program of the product loads a module by the name of one it ships, whose SHA-256 is none of the good "
            f"files of that release (case {inputs.case_id})."
        ),
        author=f"unrig {inputs.unrig_version}",
        date=inputs.generated_at.date(),
        tags=attack_tags(tuple(technique for rigged in inputs.rigged for technique in rigged.techniques)),
        category="image_load",
        product="windows",
        searches=searches,
        condition="selection and not filter_main_manifest",
        false_positives=("Another version of the product: its modules have the same names and other hashes",),
        level="medium",
    )


def _all_entries(inputs: ResponseInputs) -> Iterator[ManifestEntry]:
    for rigged in inputs.rigged:
        for manifest in rigged.manifests:
            yield from manifest.entries


def _clean_entries(inputs: ResponseInputs) -> Iterator[ManifestEntry]:
    """Yield what the releases ship and nothing speaks against."""
    marked = {sha256 for rigged in inputs.rigged for manifest in rigged.manifests for sha256 in manifest.rigged}
    marked |= {deny.value for rigged in inputs.rigged for deny in rigged.deny if deny.key == "sha256"}
    yield from (entry for entry in _all_entries(inputs) if entry.sha256 not in marked)


def _name(entry: ManifestEntry) -> str:
    return file_name(unlabel(parts(entry.path)[-1]).decode("utf-8", "replace"))


def _endings(names: list[str]) -> tuple[str, ...]:
    return tuple(literal(f"\\{name}") for name in names)


EMITTER = Emitter(
    id="sigma-foreign-module", standard="Sigma", version="2.0", path="sigma-foreign-module.yml", emit=emit
)
