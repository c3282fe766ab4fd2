"""A detection rule and what it may see. Importing a rule imports these types only, never a parser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

from msgspec import Struct, field

from unrig.model.artifact import Artifact, Release
from unrig.model.change import Change, Difference
from unrig.model.fact import FactSet
from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.place import Span


class Hit(Struct, frozen=True, kw_only=True):
    """What a rule saw. The pipeline binds it to artifacts and makes a finding of it."""

    what: str
    spans: tuple[Span, ...] = ()
    keys: tuple[str, ...] = ()
    """Places that are no byte range (a member name, a field)."""
    artifacts: tuple[str, ...] = ()
    """Only from release rules: artifact ids, `spans[i]` standing in `artifacts[i]`; others are bound by the pipeline."""
    expected: str = ""
    observed: str = ""
    severity: Severity | None = None
    """May lower the rule's severity, never raise it."""


class ArtifactView(Struct, frozen=True, kw_only=True):
    """One artifact with the facts that could be read."""

    artifact: Artifact
    facts: FactSet


class ChangeView(Struct, frozen=True, kw_only=True):
    """One change with the facts of both sides; `before` or `after` is None where the file is not there."""

    change: Change
    before: ArtifactView | None
    after: ArtifactView | None


class Listed(Struct, frozen=True, kw_only=True):
    """Where a pack lists a file."""

    pack: str
    label: str


class Hijackable(Struct, frozen=True, kw_only=True):
    """A library that a pack names as loaded from a program's own folder first."""

    pack: str
    vendor: str = ""
    programs: tuple[str, ...] = ()


class ReleaseView(Struct, frozen=True, kw_only=True):
    """What a rule over the whole release gets: every artifact, and the known-good ones to compare with."""

    release: Release
    artifacts: tuple[ArtifactView, ...]
    known_good: tuple[ArtifactView, ...] = ()
    """Artifacts of the baselines and upstreams given."""
    baseline: tuple[ArtifactView, ...] = ()
    """Artifacts of the baselines alone: earlier releases of the same product."""
    upstreams: tuple[tuple[ArtifactView, ...], ...] = ()
    """Artifacts of each release of a framework or component that was given."""
    mirrored: tuple[ChangeView, ...] = ()
    """How the same release from other places differs from this one."""
    changes: tuple[ChangeView, ...] = ()
    listed: dict[str, Listed] = field(default_factory=dict)
    """What packs say of known bad files, by SHA-256."""
    mirrors: int = 0
    """How many other places the release was compared with."""
    scanned: dict[str, str] = field(default_factory=dict)
    """Names of the packs of YARA rules that every file was scanned with, by SHA-256 of the pack."""
    hijackable: dict[str, Hijackable] = field(default_factory=dict)
    """What packs say of libraries that programs load from their own folder, by file name in lower case."""
    publishers: tuple[str, ...] = ()
    """Organisations (or whole subjects) that the policy expects as signers in this product."""


Need = Literal["baseline", "known_good", "upstreams", "mirrors", "listed", "scanned", "publishers"]
"""What a rule may ask the user for, besides the release."""


class Rule(Struct, frozen=True, kw_only=True):
    """A pure function over an artifact, a change or the whole release, and the value that names it.

    `check` takes the facts named by `reads`, in that order, for `over="artifact"`; one ChangeView for
    "change"; one ReleaseView for "release". It yields hits and never raises on facts as they can be.
    For "change" and "release", `reads` says which facts the rule looks at, for `not evaluated`; a rule over
    changes needs a good copy without saying so.
    """

    id: str
    title: str
    severity: Severity
    confidence: Confidence
    maturity: Maturity
    hindsight: bool = False
    techniques: tuple[str, ...]
    over: Literal["artifact", "change", "release"]
    reads: tuple[type[Any], ...]
    needs: tuple[Need, ...] = ()
    """What the user must have given besides the release: a good copy, a pack of known bad files or of YARA rules, the publishers of a policy."""
    check: Callable[..., Iterator[Hit]]
    measures: str = ""
    """Which row of the base rates says how often innocent releases show what it finds; empty where none does."""
    families: tuple[str, ...] = ("file",)
    """For "change": which families of change it gets; the file itself unless it asks for what differs inside."""
    benign: str
    """The innocent thing that looks most like it, in one line."""


class Comparison(Struct, frozen=True, kw_only=True):
    """One way to compare an older release with a newer one; swapping the two gives the inverse."""

    id: str
    compare: Callable[[ReleaseView, ReleaseView], tuple[Change, ...]]


class Inspection(Struct, frozen=True, kw_only=True):
    """One way to compare the two sides of a file that differs; swapping the two gives the inverse.

    `compare` takes the facts named by `reads` of the older file and then of the newer. A file without them is not
    compared in this way, and what it says is nothing where these facts are the same.
    """

    id: str
    reads: type[Any]
    compare: Callable[[Any, Any], Iterator[Difference]]
