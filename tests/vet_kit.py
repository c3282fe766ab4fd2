"""Vetting made-up releases in tests: one request with the lab's roots trusted, a cache and a pool."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec

from unrig.drill.build.certificate_table import TableSpec
from unrig.drill.build.lab_authority import lab_roots
from unrig.drill.build.payload import PayloadSpec
from unrig.drill.build.pe_spec import PeSpec
from unrig.drill.build.signing import SigningSpec, signed_pe
from unrig.drill.build.zip import ZipEntry, build_zip
from unrig.model.levels import VerdictWord
from unrig.model.policy import Policy
from unrig.model.results import Stats, VetResult
from unrig.sandbox.pool import Pool
from unrig.store.fact_cache import open_cache
from unrig.store.policy_file import LoadedPolicy
from unrig.vet import pipeline
from unrig.vet.preload import PRELOAD

NOW = dt.datetime(2023, 6, 1, tzinfo=dt.UTC)
LAB = LoadedPolicy(policy=Policy(), roots=lab_roots())


def request(release: Path, *known: Path, policy: LoadedPolicy = LAB) -> pipeline.VetRequest:
    return pipeline.VetRequest(release=release, baselines=known, policy=policy, now=NOW, unrig_version="test")


def run(asked: pipeline.VetRequest, cache: Path, pool: Pool) -> VetResult:
    with open_cache(cache) as opened:
        return pipeline.vet(asked, cache=opened, pool=pool)


def vetted(release: Path, *known: Path, cache: Path, pool: Pool, policy: LoadedPolicy = LAB) -> VetResult:
    return run(request(release, *known, policy=policy), cache, pool)


def same(result: VetResult) -> bytes:
    """Return the document as two runs must agree on it."""
    return msgspec.json.encode(msgspec.structs.replace(result, stats=Stats()))


def written(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def rules_of(result: VetResult) -> dict[str, str]:
    return {finding.rule: finding.severity.value for finding in result.findings}


RIGGED = signed_pe(PeSpec(), SigningSpec(table=TableSpec(padding=PayloadSpec(size=40_000))), 5)
"""A library that any run must find, whatever lies beside it."""


def judged(folder: Path, files: dict[str, bytes], cache: Path, pool: Pool) -> dict[str, list[str]]:
    """Vet bad files together with a rigged one, and return what is said of each: problems first, then findings.

    Fails where the rigged one is not found, or a file stands in no artifact.
    """
    for name, content in {**files, "zz-rigged.dll": RIGGED}.items():
        written(folder / "release" / name, content)
    result = vetted(folder / "release", cache=cache, pool=pool)
    assert result.verdict is VerdictWord.RIGGED
    assert any(ref.path == "zz-rigged.dll" for finding in result.findings for ref in finding.artifacts)
    assert set(files) <= {artifact.path for artifact in result.artifacts}
    lines = [(p.where, f"{p.kind.value}: {p.where}: {p.expected}: {p.observed}") for p in result.problems]
    for finding in result.findings:
        line = f"{finding.severity.value} {finding.rule}: {finding.summary}"
        lines += [(ref.path, line) for ref in finding.artifacts]
    return {name: [line for where, line in lines if where.startswith(name)] for name in files}


def rigged_archive(folder: Path) -> VetResult:
    """Vet an archive with one rigged file of an awkward name and an encrypted member."""
    rigged = signed_pe(PeSpec(), SigningSpec(table=TableSpec(padding=PayloadSpec(size=30_000))), 4)
    entries = (ZipEntry(name="ä b#?%.dll", content=rigged), ZipEntry(name="x", content=b"x", encrypted=True))
    with Pool(PRELOAD, jobs=1) as pool:
        return vetted(written(folder / "a.zip", build_zip(entries)), cache=folder / "cache", pool=pool)
