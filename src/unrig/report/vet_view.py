"""What the page of a vetted release shows, worked out before any markup: the template only arranges it."""

from __future__ import annotations

from msgspec import Struct

from unrig.model.artifact import Artifact
from unrig.model.finding import Finding
from unrig.model.lead import HashLead, Lead, ManifestLead
from unrig.model.place import Evidence, Range
from unrig.model.results import VetResult
from unrig.report import hex_window
from unrig.report.advice import ADVICE, Blockable, blockable
from unrig.report.change_tree import Pair, Tree, pairs_of, tree_of
from unrig.report.finding_groups import Count, Group, counts_of, groups_of
from unrig.report.html_values import Silent, silent

SCALE = 1000
"""Units of the strip that stands for a file; a range is drawn at least THINNEST of them wide."""
THINNEST = 4


class Strip(Struct, frozen=True, kw_only=True):
    """Where in its file a range lies, to be drawn: in thousandths of the file."""

    start: int
    width: int
    share: str
    """Of the file, in words."""


class VetView(Struct, frozen=True, kw_only=True):
    """A result and what is made of it for the eye."""

    result: VetResult
    advice: str
    blockable: tuple[Blockable, ...]
    counts: tuple[Count, ...]
    groups: tuple[Group, ...]
    tree: Tree
    pairs: dict[str, Pair]
    """What became of a file since the baseline, by artifact id."""
    artifacts: dict[str, Artifact]
    silent: tuple[Silent, ...]
    leads: tuple[str, ...]

    def shown(self, finding: Finding) -> list[Pair]:
        """Return the changes that a finding's files went through, each once."""
        return list({id(pair): pair for ref in finding.artifacts if (pair := self.pairs.get(ref.id))}.values())

    def strip(self, evidence: Evidence) -> Strip | None:
        """Return where a range lies in its file; None where the evidence is no range or the file's size is unknown."""
        place = evidence.place
        artifact = self.artifacts.get(place.artifact) if isinstance(place, Range) else None
        if not isinstance(place, Range) or artifact is None or artifact.size <= 0:
            return None
        start = min(place.offset * SCALE // artifact.size, SCALE - THINNEST)
        width = max(min(place.length * SCALE // artifact.size, SCALE - start), THINNEST)
        share = f"{place.length / artifact.size:.1%} of a file of {artifact.size:,} bytes"
        return Strip(start=start, width=width, share=share)

    def rows(self, evidence: Evidence) -> list[hex_window.HexRow]:
        """Return the hex rows of the evidence; none where it has no bytes."""
        place = evidence.place
        return list(hex_window.rows(place.offset, evidence.window)) if isinstance(place, Range) else []

    def beyond(self, evidence: Evidence) -> int:
        """Return how many bytes of the range the document does not hold."""
        place = evidence.place
        return max(place.length - len(evidence.window) // 2, 0) if isinstance(place, Range) else 0


def view_of(result: VetResult) -> VetView:
    """Return the view of one result; the same result gives the same view."""
    about: dict[str, list[str]] = {}
    for finding in result.findings:
        for ref in finding.artifacts:
            about.setdefault(ref.id, []).append(finding.id)
    pairs = pairs_of(result.changes, about)
    return VetView(
        result=result,
        advice=ADVICE[result.verdict],
        blockable=blockable(result),
        counts=counts_of(result.findings),
        groups=groups_of(result.findings),
        tree=tree_of(pairs),
        pairs={one.id: pair for pair in pairs for one in (pair.before, pair.after) if one is not None},
        artifacts={artifact.id: artifact for artifact in result.artifacts},
        silent=silent(result.not_evaluated),
        leads=tuple(lead_words(lead) for lead in result.leads),
    )


def lead_words(lead: Lead) -> str:
    """Return a lead as a person would say it: its kind and what to look for."""
    match lead:
        case HashLead(identity=identity):
            return f"hash: {identity.name} {identity.sha256}"
        case ManifestLead(product=product, version=version, entries=entries):
            return (
                f"manifest: anything in the folder of {product} {version} that is not one of its {len(entries)} files"
            )
        case _:
            fields = {name: getattr(lead, name) for name in lead.__struct_fields__}
            left_out = {"id", "findings", "techniques", "window"}
            said = (f"{name} {value}" for name, value in fields.items() if value and name not in left_out)
            return f"{str(lead.__struct_config__.tag).replace('_', ' ')}: {', '.join(said)}"
