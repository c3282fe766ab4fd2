from __future__ import annotations

import datetime as dt
import hashlib
import sys
from typing import Any

import pytest

from unrig.model.artifact import Artifact, Release, artifact_id
from unrig.model.coverage import Coverage
from unrig.model.document import Revision
from unrig.model.exposure import Affected, Fixed, NotAffected, UnderInvestigation
from unrig.model.finding import ArtifactRef, Finding
from unrig.model.identity import Identity, Signer
from unrig.model.lead import HashLead, ManifestEntry, ManifestLead
from unrig.model.levels import Answer, Confidence, Maturity, Severity, VerdictWord
from unrig.model.results import ScopeResult, VetResult
from unrig.respond.digest import RespondRequest, digest

WHEN = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


CARRIER, READER, PROGRAM, OTHER = sha("carrier"), sha("reader"), sha("program"), sha("other module")
GENUINE_AUTHENTICODE = sha("what the other publisher signed")
CARRIER_IDENTITY = Identity(
    sha256=CARRIER,
    name="d3dcompiler_47.dll",
    version="10.0",
    platform="windows",
    authenticode_hash={"sha256": GENUINE_AUTHENTICODE},
    signer=Signer(subject="CN=Another Publisher"),
    discriminates={
        "sha256": Answer.YES,
        "authenticode_hash.sha256": Answer.NO,
        "name": Answer.NO,
        "signer": Answer.NO,
    },
)
READER_IDENTITY = Identity(
    sha256=READER,
    name="ffmpeg.dll",
    platform="windows",
    authenticode_hash={"sha256": sha("reader's own")},
    discriminates={"sha256": Answer.YES, "authenticode_hash.sha256": Answer.UNKNOWN, "name": Answer.NO},
)


NAMELESS = Identity()


def release(
    version: str = "18.12.416", name: str = "SoftPhone", platform: str = "windows", text: str = "the installer"
) -> Release:
    return Release(
        name=name, version=version, platform=platform, path=f"{name}.msi", sha256=sha(text), size=9, format="msi"
    )


def artifact(of: Release, path: str, sha256: str, identity: Identity = NAMELESS) -> Artifact:
    return Artifact(id=artifact_id(of.sha256, path), path=path, sha256=sha256, size=3, format="pe", identity=identity)


def finding(severity: Any = Severity.CRITICAL, summary: Any = "bytes ride inside the signature table") -> Finding:
    return Finding(
        id="f" * 16,
        rule="signature-padding",
        title="t",
        severity=severity,
        confidence=Confidence.HIGH,
        maturity=Maturity.STABLE,
        artifacts=(ArtifactRef(id="a", path="app/d3dcompiler_47.dll", sha256=CARRIER),),
        techniques=("T1553.002", "T1027.009"),
        summary=summary,
        benign="",
    )


def vet(verdict: Any = VerdictWord.RIGGED, of: Release | None = None, **extra: Any) -> VetResult:
    of = of or release()
    fields = {
        "generated_at": WHEN,
        "unrig_version": "0.1.0",
        "release": of,
        "verdict": verdict,
        "complete": True,
        "because": (),
        "verdict_without_hindsight": verdict,
        "verdict_without_waivers": verdict,
        "coverage": Coverage(bytes=9, accounted=9),
        "findings": (finding(),),
        "artifacts": (
            artifact(of, "app/d3dcompiler_47.dll", CARRIER, CARRIER_IDENTITY),
            artifact(of, "app/ffmpeg.dll", READER, READER_IDENTITY),
            artifact(of, "app/SoftPhone.exe", PROGRAM),
        ),
        "leads": (
            HashLead(id="1", identity=CARRIER_IDENTITY),
            HashLead(id="2", identity=READER_IDENTITY),
            ManifestLead(
                id="3",
                product="SoftPhone",
                version=of.version,
                entries=(
                    ManifestEntry(path="a.msi!/app/SoftPhone.exe", sha256=PROGRAM),
                    ManifestEntry(path="a.msi!/app/ffmpeg.dll", sha256=READER),
                    ManifestEntry(path="a.msi!/app/libEGL.dll", sha256=OTHER),
                    ManifestEntry(path="a.msi!/app/licence.txt", sha256=sha("licence")),
                ),
                rigged=(READER,),
            ),
        ),
    }
    return VetResult(**{**fields, **extra})


def clean_build(**extra: Any) -> VetResult:
    of = extra.pop("of", release("18.12.425", text="the repaired installer"))
    fields = {
        "findings": (),
        "leads": (),
        "artifacts": (artifact(of, "app/ffmpeg.dll", sha("repaired module")), artifact(of, "app/x.exe", PROGRAM)),
    }
    return vet(VerdictWord.CLEAN, of, **{**fields, **extra})


def exposures() -> tuple:
    shared = {"devices": 4, "denominator": 10, "matched_by": ("sha256",), "reason": "its hash"}
    return (
        Affected(id="e1", identity=CARRIER_IDENTITY, action="remove", **shared),
        UnderInvestigation(
            id="e2",
            identity=Identity(name="SoftPhone", version="18.12.416", platform="windows"),
            missing=("sha256",),
            **shared,
        ),
        Fixed(
            id="e3", identity=Identity(sha256=sha("the repaired installer")), by=sha("the repaired installer"), **shared
        ),
        NotAffected(
            id="e4",
            identity=Identity(sha256=sha("older, good"), name="SoftPhone", version="18.11.1213", platform="windows"),
            justification="vulnerable_code_not_present",
            **shared,
        ),
    )


def scoped(**extra: Any) -> ScopeResult:
    fields = {
        "generated_at": WHEN,
        "unrig_version": "0.1.0",
        "complete": True,
        "because": (),
        "exposures": exposures(),
    }
    return ScopeResult(**{**fields, **extra})


def request(**extra: Any) -> RespondRequest:
    fields = {
        "case_id": "case-7",
        "title": "SoftPhone for Windows",
        "vets": (vet(),),
        "scope": scoped(),
        "revision": Revision.INTERIM,
        "generated_at": WHEN,
        "unrig_version": "0.1.0",
    }
    return RespondRequest(**{**fields, **extra})


def inputs(fix: Release | None = None, **extra: Any) -> Any:
    return digest(request(**extra), fix)


@pytest.fixture
def fixed() -> Release:
    return release("18.12.425", text="the repaired installer")


@pytest.fixture
def made() -> Any:
    """The functions of this file, for tests to make things with."""
    return sys.modules[__name__]
