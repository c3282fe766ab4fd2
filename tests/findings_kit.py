"""Findings, artifacts and releases out of nothing, for tests of what is made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from unrig.model.artifact import Artifact, Release, artifact_id
from unrig.model.finding import ArtifactRef, Finding, finding_id
from unrig.model.identity import Identity
from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.place import Evidence, Key, Place, Range, Span
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule
from unrig.model.signature import Bytes, Nature, SignatureFacts

RELEASE = Release(name="drill", version="1.2", path="drill-1.2.zip", sha256="r" * 64, size=0, format="zip")
FOLDER = Release(name="drill", path="drill", sha256="f" * 64, size=0, format="folder")


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def view(
    path: str, content: str = "", *facts: object, identity: dict[str, Any] | None = None, release: Release = RELEASE
) -> ArtifactView:
    """Return an artifact; its SHA-256 is that of `content` (of its path where empty)."""
    sha256 = sha(content or path)
    artifact = Artifact(
        id=artifact_id(release.sha256, path),
        path=path,
        sha256=sha256,
        size=len(content),
        format="pe",
        container=path.rpartition("!/")[0],
        identity=Identity(sha256=sha256, **(identity or {})),
    )
    return ArtifactView(artifact=artifact, facts={type(fact): fact for fact in facts})


def release(*views: ArtifactView, good: tuple[ArtifactView, ...] = (), of: Release = RELEASE) -> ReleaseView:
    return ReleaseView(release=of, artifacts=views, known_good=good, baseline=good)


def finding(
    *places: Place,
    about: tuple[ArtifactView, ...],
    rule: str = "some-rule",
    severity: Severity = Severity.HIGH,
    confidence: Confidence = Confidence.HIGH,
    maturity: Maturity = Maturity.STABLE,
    hindsight: bool = False,
) -> Finding:
    refs = tuple(ArtifactRef(id=v.artifact.id, path=v.artifact.path, sha256=v.artifact.sha256) for v in about)
    offsets = [place.offset for place in places if isinstance(place, Range)]
    keys = [place.key for place in places if isinstance(place, Key)]
    return Finding(
        id=finding_id(rule, (ref.sha256 for ref in refs), offsets, keys),
        rule=rule,
        title="A title",
        severity=severity,
        confidence=confidence,
        maturity=maturity,
        artifacts=refs,
        techniques=("T1027.009",),
        hindsight=hindsight,
        summary=f"{rule} says so",
        benign="nothing",
        evidence=tuple(Evidence(place=place, what="it is there") for place in places),
    )


def at(of: ArtifactView, offset: int, length: int = 100) -> Range:
    return Range(artifact=of.artifact.id, offset=offset, length=length)


def key(of: ArtifactView, name: str) -> Key:
    return Key(artifact=of.artifact.id, key=name)


def some_bytes(offset: int, length: int, nature: Nature = Nature.RANDOM, **more: Any) -> Bytes:
    """Return bytes that look like `nature`; all of a text is printable and in short words unless told otherwise."""
    text = length if nature is Nature.ASCII else 0
    given = {"entropy": 4.0, "nonzero": 0 if nature is Nature.ZEROS else length, "text": text, **more}
    return Bytes(
        span=Span(offset=offset, length=length, sha256=sha(f"{offset}/{length}/{nature}")), nature=nature, **given
    )


def signed(table: int = 1000, size: int = 500, **more: Any) -> SignatureFacts:
    return SignatureFacts(table_offset=table, table_size=size, **more)


def rule_that(*hits: Hit, **more: Any) -> Rule:
    """Return an artifact rule over SignatureFacts that yields these hits for every artifact that has them."""

    def check(*_: object) -> Iterator[Hit]:
        yield from hits

    given: dict[str, Any] = {
        "id": "some-rule",
        "title": "A title",
        "severity": Severity.HIGH,
        "confidence": Confidence.HIGH,
        "maturity": Maturity.STABLE,
        "techniques": (),
        "over": "artifact",
        "reads": (SignatureFacts,),
        "check": check,
        "benign": "nothing",
        **more,
    }
    return Rule(**given)
