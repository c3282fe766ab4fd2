"""One made-up case with something in every part of the page, any text of which a test may choose."""

import datetime as dt
from pathlib import Path

import msgspec

from unrig.model.artifact import Artifact, Component, Release
from unrig.model.case import Certainty, Edge, Gap, Stage, TimelineEntry
from unrig.model.change import Change, ChangeKind
from unrig.model.claim import Attribution, Independence, IndependenceRoot
from unrig.model.coverage import Coverage, NotEvaluated
from unrig.model.document import Check, Document, NeverBlock, Revision
from unrig.model.exposure import Affected, Embedded, Fixed, NotAffected, UnderInvestigation, Unknown
from unrig.model.finding import ArtifactRef, Finding
from unrig.model.identity import Identity, Signer
from unrig.model.lead import HashLead, ManifestLead, NetworkNameLead
from unrig.model.levels import Answer, Confidence, Maturity, Severity, VerdictWord
from unrig.model.moment import Basis, Moment, Precision
from unrig.model.place import EventRef, Evidence, Key, Range
from unrig.model.policy import Pack
from unrig.model.problem import Problem, ProblemKind, new_problem
from unrig.model.results import CaseResult, HuntResult, RespondResult, Result, ScopeResult, Stats, VetResult
from unrig.model.telemetry import DeviceSummary, Observability, Seen, Sighting, Source
from unrig.report.html import CasePage
from unrig.store import case_folder

AT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
BAD = "ba" * 32


def page(text: str = "plain") -> CasePage:
    """Return a page whose every free text is `text`."""
    return CasePage(
        id="c0ffee",
        name=text,
        tlp="amber",
        state="draft",
        revision=5,
        vets=(vet(text),),
        hunt=hunt(text),
        scope=scope(text),
        case=case(text),
        respond=respond(text),
        problems=(problem(text),),
    )


def problem(text: str = "plain") -> Problem:
    return new_problem(
        kind=ProblemKind.DAMAGED, where=text, expected=text, observed=text, effect=text, action=text, traceback=text
    )


def vet(text: str = "plain") -> VetResult:
    identity = Identity(sha256=BAD, name=text, discriminates={"sha256": Answer.YES, "name": Answer.NO})
    other = Identity(sha256="0d" * 32, name="unsure.dll", discriminates={"sha256": Answer.UNKNOWN})
    return VetResult(
        generated_at=AT,
        unrig_version="0.1.0",
        release=Release(name=text, version=text, platform=text, path=text, sha256="ab" * 32, size=9, format="zip"),
        verdict=VerdictWord.RIGGED,
        complete=False,
        because=(text,),
        verdict_without_hindsight=VerdictWord.RIGGED,
        verdict_without_waivers=VerdictWord.RIGGED,
        findings=(finding(text),),
        leads=(
            HashLead(id="lead", identity=identity),
            HashLead(id="other", identity=other),
            ManifestLead(id="manifest", product=text, version=text, entries=()),
            NetworkNameLead(id="name", suffix=text),
        ),
        coverage=Coverage(bytes=9, accounted=9, unopened=(text,), opaque=(text,), gaps=(text,)),
        problems=(problem(text),),
        baselines=(Release(name=text, path=text, sha256="0e" * 32, size=8, format="zip"),),
        changes=(
            Change(
                kind=ChangeKind.CHANGED,
                before=artifact("b1", text, 400),
                after=artifact("a1", text),
                family="file",
                what=text,
            ),
            Change(kind=ChangeKind.ADDED, before=None, after=artifact("a2", f"{text}2"), family="file", what=text),
        ),
        artifacts=(artifact("a1", text), artifact("a2", f"{text}2")),
        components=(Component(identity=identity, artifact="a1", told_by="version_info"),),
        not_evaluated=(NotEvaluated(rule="rule-2", reason=text),),
        waived=(text,),
        packs=(Pack(name=text, kind="hashes", version=text, sha256=BAD, licence=text),),
        stats=Stats(sandbox=(text,)),
    )


def artifact(key: str, path: str, size: int = 500_000) -> Artifact:
    path = path.replace("/", "_")  # the tree of changes is made of folders: another tree is other markup
    signer = Signer(subject="CN=Plain, O=Plain Ltd", issuer="CN=Lab", spki_sha256="c0" * 32)
    hashes = {"sha256": "ae" * 32}
    identity = Identity(sha256=BAD, name=path, version=path, signer=signer, authenticode_hash=hashes)
    return Artifact(id=key, path=path, sha256=BAD, size=size, format="pe", identity=identity)


def finding(text: str) -> Finding:
    return Finding(
        id="f1",
        rule="rule-1",
        title=text,
        severity=Severity.CRITICAL,
        confidence=Confidence.HIGH,
        maturity=Maturity.STABLE,
        artifacts=(ArtifactRef(id="a1", path=text, sha256=BAD),),
        techniques=("T1553.002", text),
        summary=text,
        benign=text,
        evidence=(
            Evidence(place=Range(artifact="a1", offset=4096, length=277256), what=text, window="feed" * 64),
            Evidence(place=Key(artifact="a1", key=text), what=text, expected=text, observed=text),
            Evidence(place=EventRef(source=text, record=7, offset=1), what=text),
        ),
        waived=text,
    )


def hunt(text: str = "plain") -> HuntResult:
    return HuntResult(
        generated_at=AT,
        unrig_version="0.1.0",
        complete=False,
        because=(text,),
        sightings=(sighting("s1", "quiet", text), sighting("s2", "loud", text)),
        devices=(
            DeviceSummary(device="quiet", stages=(text,), score=10, timeline=("s1",)),
            DeviceSummary(device="loud", stages=(text,), score=90, timeline=("s2",)),
        ),
        observability=tuple(
            Observability(of="lead", device=name, state=Seen.NOT_OBSERVABLE, why=text, remedy=text)
            for name in ("one", "two")
        ),
        sources=(Source(id="s", path=text, sha256=BAD, kind="sysmon-jsonl", rows=12),),
        problems=(problem(text),),
    )


def sighting(key: str, device: str, text: str) -> Sighting:
    return Sighting(
        id=key,
        of="lead",
        title=text,
        device=device,
        first=AT,
        last=AT,
        count=3,
        stage="load",
        severity=Severity.HIGH,
        detail=text,
        rows=(EventRef(source=text, record=44, offset=9),),
    )


def scope(text: str = "plain") -> ScopeResult:
    known = {"id": "e", "identity": Identity(name=text), "denominator": 90, "matched_by": (text,), "reason": text}
    return ScopeResult(
        generated_at=AT,
        unrig_version="0.1.0",
        complete=True,
        because=(text,),
        exposures=(
            Affected(devices=11, action=text, **known),
            NotAffected(devices=12, justification="component_not_present", **known),
            Fixed(devices=13, by=BAD, **known),
            UnderInvestigation(devices=14, missing=(text,), **known),
        ),
        embedded=(Embedded(product=text, component=text, path=text, says="sbom", matched_by="sha256"),),
        unknown=(Unknown(reason=text, devices=15),),
        problems=(problem(text),),
    )


def case(text: str = "plain") -> CaseResult:
    day = Moment(at=AT, precision=Precision.DAY, basis=Basis.STATED)
    return CaseResult(
        generated_at=AT,
        unrig_version="0.1.0",
        id="c0ffee",
        name=text,
        tlp="amber",
        stages=(
            Stage(id="st1", title=text, technique="T1027.009", when=day, evidence=("f1",)),
            Stage(id="st2", title=text, technique=text, evidence=("s1",)),
        ),
        edges=(Edge(id="e1", source="st1", target="st2", certainty=Certainty.INFERRED),),
        timeline=(TimelineEntry(id="t1", when=day, what=text, evidence=("s1",), source=text),),
        independence=Independence(roots=(IndependenceRoot(claim="c1", relays=()),), reports=1),
        attribution=(
            Attribution(name=text, scheme=text, claims=("c1",), words=(text,), roots=1, relays=0, sentence=text),
        ),
        gaps=(Gap(id="g1", between=(text, text), missing=text),),
        problems=(problem(text),),
    )


def respond(text: str = "plain") -> RespondResult:
    return RespondResult(
        generated_at=AT,
        unrig_version="0.1.0",
        fix=Release(name=text, version=text, path=text, sha256="f1" * 32, size=1, format="zip"),
        documents=(
            Document(
                id="d1",
                standard=text,
                version=text,
                path=text,
                sha256=BAD,
                revision=Revision.DRAFT,
                checks=(Check(checker=text, version="1", result="passed", detail=text),),
            ),
        ),
        never_block=(NeverBlock(kind=text, value=text, reason=text),),
        problems=(problem(text),),
    )


def write_case(folder: Path, *results: Result) -> Path:
    """Write a case folder that holds these results and return it."""
    with case_folder.open_case(folder, name="App") as opened:
        for result in results:
            verb = result.schema.partition(".")[2].partition("/")[0]
            step = case_folder.Step(
                verb=verb, inputs=(case_folder.StepInput(name=verb, sha256="00" * 32),), at=result.generated_at
            )
            case_folder.add_result(opened, step, msgspec.json.encode(result))
    return folder
