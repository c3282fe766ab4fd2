"""A small made-up incident: one rigged release, its leads, three devices."""

import datetime as dt

import pytest

from unrig.case.inputs import CaseInputs
from unrig.model.artifact import Release
from unrig.model.coverage import Coverage
from unrig.model.finding import ArtifactRef, Finding
from unrig.model.identity import Identity
from unrig.model.lead import CarrierReadLead, HashLead
from unrig.model.levels import Answer, Confidence, Maturity, Severity, VerdictWord
from unrig.model.moment import Window
from unrig.model.results import HuntResult, VetResult
from unrig.model.telemetry import Sighting

AT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
CARRIER = ArtifactRef(id="artifact-carrier", path="app/carrier.dll", sha256="ca" * 32)
READER = ArtifactRef(id="artifact-reader", path="app/reader.dll", sha256="4e" * 32)


def finding(key: str, technique: str, artifact: ArtifactRef, severity: Severity = Severity.CRITICAL) -> Finding:
    return Finding(
        id=key,
        rule=f"rule-{key}",
        title=f"Title of {key}",
        severity=severity,
        confidence=Confidence.HIGH,
        maturity=Maturity.STABLE,
        artifacts=(artifact,),
        techniques=(technique,) if technique else (),
        summary="",
        benign="",
    )


def sighting(key: str, of: str, stage: str, hour: float, *, device: str = "pc-1", process: str = "app-1") -> Sighting:
    first = START + dt.timedelta(hours=hour)
    return Sighting(
        id=key,
        of=of,
        title=f"Title of {of}",
        device=device,
        process=process,
        first=first,
        last=first + dt.timedelta(minutes=5),
        count=2,
        stage=stage,
        techniques=("T1574.001",) if stage == "load" else ("T1102.001",),
        severity=Severity.HIGH,
    )


def vet() -> VetResult:
    rigged = Identity(
        sha256=CARRIER.sha256, name="carrier.dll", discriminates={"sha256": Answer.YES, "name": Answer.NO}
    )
    return VetResult(
        generated_at=AT,
        unrig_version="0.1.0",
        release=Release(name="App", version="1.2", path="app.zip", sha256="ab" * 32, size=9, format="zip"),
        verdict=VerdictWord.RIGGED,
        complete=True,
        because=(),
        verdict_without_hindsight=VerdictWord.RIGGED,
        verdict_without_waivers=VerdictWord.RIGGED,
        findings=(
            finding("f-padding", "T1027.009", CARRIER),
            finding("f-reads", "T1574.001", READER),
            finding("f-drift", "T1082", READER, Severity.LOW),
        ),
        leads=(
            HashLead(id="lead-hash", identity=rigged, findings=("f-padding",), window=Window(since=START)),
            CarrierReadLead(id="lead-read", reader="reader.dll", carrier="carrier.dll", findings=("f-reads",)),
        ),
        coverage=Coverage(bytes=9, accounted=9),
    )


def hunt() -> HuntResult:
    return HuntResult(
        generated_at=AT,
        unrig_version="0.1.0",
        complete=True,
        because=(),
        leads=("lead-hash", "lead-read"),
        sightings=(
            sighting("s-load-1", "lead-hash", "load", 1),
            sighting("s-load-2", "lead-hash", "load", 2, device="pc-2", process="app-2"),
            sighting("s-beacon-1", "beacon", "dead_drop", 200),
            sighting("s-beacon-3", "beacon", "dead_drop", 201, device="pc-3", process="app-3"),
        ),
    )


@pytest.fixture
def incident() -> CaseInputs:
    return CaseInputs(
        id="c0ffee", name="App", tlp="amber", generated_at=AT, unrig_version="0.1.0", vets=(vet(),), hunts=(hunt(),)
    )
