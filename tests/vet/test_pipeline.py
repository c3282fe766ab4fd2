"""The whole verb over made-up releases, through real sealed workers."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest
from vet_kit import NOW, request, rules_of, run, same, vetted, written

from unrig.drill.build.folder import write_folder
from unrig.drill.build.lab_authority import lab_roots
from unrig.drill.build.release import (
    BASELINE,
    CARRIER_ONLY,
    CLEAN,
    READER_ONLY,
    RIGGED,
    Hiding,
    ReleaseSpec,
    build_release,
    release_truth,
)
from unrig.drill.build.wheel import WheelSpec, build_wheel, wheel_name
from unrig.drill.build.zip import ZipEntry, build_zip
from unrig.model.artifact import Trust
from unrig.model.errors import UsageError
from unrig.model.levels import VerdictWord
from unrig.model.policy import Policy, Waiver
from unrig.model.problem import Problem, ProblemKind
from unrig.model.results import VetResult
from unrig.model.rule import Listed
from unrig.sandbox.pool import Pool
from unrig.store.policy_file import LoadedPolicy
from unrig.vet.preload import PRELOAD

SEED = 11


class Untouchable(Pool):
    """A pool that must not be asked anything."""

    def _running_server(self) -> object:  # type: ignore[override]
        raise AssertionError("a worker was asked")


def _folder(path: Path, spec: ReleaseSpec, seed: int = SEED) -> Path:
    return write_folder(build_release(spec, seed), path)


def _zip(path: Path, spec: ReleaseSpec, seed: int = SEED) -> Path:
    files = build_release(spec, seed)
    return written(path, build_zip(tuple(ZipEntry(name=name, content=data) for name, data in files.items())))


def _ids(result: VetResult) -> set[str]:
    return {finding.id for finding in result.findings}


@pytest.mark.parametrize("seed", range(4))
def test_rigged_and_twin_are_told_apart(tmp_path: Path, cache: Path, pool: Pool, seed: int) -> None:
    base = _folder(tmp_path / "base", BASELINE, seed)
    clean = vetted(_folder(tmp_path / "clean", CLEAN, seed), base, cache=cache, pool=pool)
    assert (clean.verdict, clean.complete) == (VerdictWord.CLEAN, True)
    assert set(rules_of(clean).values()) <= {"info"}
    rigged = vetted(_folder(tmp_path / "rigged", RIGGED, seed), base, cache=cache, pool=pool)
    truth = release_truth(RIGGED, seed)
    assert rigged.verdict is VerdictWord.RIGGED
    assert rigged.verdict_without_hindsight is VerdictWord.RIGGED
    assert rigged.complete
    assert truth.carrier in {ref.path for finding in rigged.findings for ref in finding.artifacts}
    assert rigged.leads


def test_the_carrier_is_found_without_a_baseline_and_the_reader_alone_is_no_crime(
    tmp_path: Path, cache: Path, pool: Pool
) -> None:
    carrier = vetted(_folder(tmp_path / "carrier", CARRIER_ONLY), cache=cache, pool=pool)
    assert carrier.verdict is VerdictWord.RIGGED
    assert "no baseline was given" in {entry.reason for entry in carrier.not_evaluated}
    reader = vetted(_folder(tmp_path / "reader", READER_ONLY), cache=cache, pool=pool)
    assert reader.verdict is VerdictWord.CLEAN


@pytest.mark.parametrize("hiding", [h for h in Hiding if h is not Hiding.NONE])
def test_wherever_the_payload_hides_the_release_is_not_clean(
    tmp_path: Path, cache: Path, pool: Pool, hiding: Hiding
) -> None:
    base = _folder(tmp_path / "base", BASELINE)
    result = vetted(_folder(tmp_path / "r", ReleaseSpec(hiding=hiding, reader=True)), base, cache=cache, pool=pool)
    assert result.verdict in (VerdictWord.RIGGED, VerdictWord.SUSPICIOUS)


def test_without_the_labs_roots_the_chains_are_not_trusted(tmp_path: Path, cache: Path, pool: Pool) -> None:
    release = _folder(tmp_path / "clean", CLEAN)
    nobody = LoadedPolicy(policy=Policy())
    assert "untrusted-chain" in rules_of(vetted(release, cache=cache, pool=pool, policy=nobody))
    assert "untrusted-chain" not in rules_of(vetted(release, cache=cache, pool=pool))


def test_a_warm_run_opens_no_member_and_asks_no_worker(tmp_path: Path, cache: Path, pool: Pool) -> None:
    asked = request(_zip(tmp_path / "app.zip", RIGGED), _zip(tmp_path / "old.zip", BASELINE))
    cold = run(asked, cache, pool)
    assert cold.stats.opened == cold.stats.files - cold.stats.cached > 0
    with Untouchable(PRELOAD) as nobody:
        warm = run(asked, cache, nobody)
    assert (warm.stats.opened, warm.stats.cached) == (0, warm.stats.files)
    assert same(warm) == same(cold)


def test_an_unchanged_file_is_read_once_for_release_and_baseline(tmp_path: Path, cache: Path, pool: Pool) -> None:
    first = vetted(_zip(tmp_path / "old.zip", BASELINE), cache=cache, pool=pool)
    second = vetted(_zip(tmp_path / "new.zip", CLEAN), cache=cache, pool=pool)
    known = {artifact.sha256 for artifact in first.artifacts}
    assert any(artifact.sha256 in known for artifact in second.artifacts)
    third = vetted(tmp_path / "new.zip", tmp_path / "old.zip", cache=cache, pool=pool)
    assert third.stats.opened == 0
    with Untouchable(PRELOAD) as nobody:  # now also what differs is known
        third = vetted(tmp_path / "new.zip", tmp_path / "old.zip", cache=cache, pool=nobody)
    assert third.stats.cached == third.stats.files


@pytest.mark.parametrize("jobs", [1, 2])
def test_workers_and_order_change_nothing(tmp_path: Path, pool: Pool, jobs: int) -> None:
    files = build_release(RIGGED, SEED)
    entries = [ZipEntry(name=name, content=data) for name, data in files.items()]
    expected = vetted(written(tmp_path / "a" / "app.zip", build_zip(tuple(entries))), cache=tmp_path / "one", pool=pool)
    random.Random(jobs).shuffle(entries)
    shuffled = written(tmp_path / "b" / "app.zip", build_zip(tuple(entries)))
    with Pool(PRELOAD, jobs=jobs) as workers:
        again = vetted(tmp_path / "a" / "app.zip", cache=tmp_path / "two", pool=workers)
        other = vetted(shuffled, cache=tmp_path / "three", pool=workers)
    assert same(again) == same(expected)
    assert [(f.id, f.severity, f.summary) for f in other.findings] == [
        (f.id, f.severity, f.summary) for f in expected.findings
    ]
    assert [a.path for a in other.artifacts] == [a.path for a in expected.artifacts]


def test_the_same_bytes_at_two_paths_are_one_finding_with_two_artifacts(
    tmp_path: Path, cache: Path, pool: Pool
) -> None:
    truth = release_truth(CARRIER_ONLY, SEED)
    files = build_release(CARRIER_ONLY, SEED)
    carrier = files[truth.carrier]
    result = vetted(write_folder({"a/x.dll": carrier, "b/x.dll": carrier}, tmp_path / "twice"), cache=cache, pool=pool)
    alone = vetted(write_folder({"x.dll": carrier}, tmp_path / "once"), cache=cache, pool=pool)
    assert _ids(result) == _ids(alone)
    padding = next(finding for finding in result.findings if finding.rule == "signature-padding")
    assert [ref.path for ref in padding.artifacts] == ["a/x.dll", "b/x.dll"]
    assert len({ref.id for ref in padding.artifacts}) == 2


def test_findings_keep_their_ids_over_folder_names_containers_and_nesting(
    tmp_path: Path, cache: Path, pool: Pool
) -> None:
    folder = vetted(_folder(tmp_path / "one", RIGGED), cache=cache, pool=pool)
    renamed = vetted(_folder(tmp_path / "another name", RIGGED), cache=cache, pool=pool)
    archive = vetted(_zip(tmp_path / "app.zip", RIGGED), cache=cache, pool=pool)
    inner = (tmp_path / "app.zip").read_bytes()
    nest = build_zip((ZipEntry(name="deep/app.zip", content=inner),))
    nested = vetted(written(tmp_path / "outer.zip", nest), cache=cache, pool=pool)
    assert _ids(folder) == _ids(renamed) == _ids(archive) == _ids(nested)
    assert folder.release.sha256 == renamed.release.sha256
    carrier = release_truth(RIGGED, SEED).carrier
    assert f"outer.zip!/deep/app.zip!/{carrier}" in {artifact.path for artifact in nested.artifacts}
    assert {a.sha256 for a in folder.artifacts} < {a.sha256 for a in archive.artifacts}


def test_a_wheel_names_itself(tmp_path: Path, cache: Path, pool: Pool) -> None:
    spec = WheelSpec(name="drill_voice", version="2.1.0")
    path = written(tmp_path / wheel_name(spec), build_wheel(build_release(CLEAN, SEED), spec))
    result = vetted(path, cache=cache, pool=pool)
    assert (result.release.name, result.release.version) == ("drill_voice", "2.1.0")
    assert result.verdict is VerdictWord.CLEAN


def test_nothing_of_this_machine_is_in_the_document(tmp_path: Path, cache: Path, pool: Pool) -> None:
    result = vetted(_folder(tmp_path / "r", RIGGED), _zip(tmp_path / "old.zip", BASELINE), cache=cache, pool=pool)
    assert str(tmp_path).encode() not in msgspec.json.encode(result)


def test_a_listed_file_is_hindsight(tmp_path: Path, cache: Path, pool: Pool) -> None:
    release = _folder(tmp_path / "clean", CLEAN)
    sha256 = vetted(release, cache=cache, pool=pool).artifacts[0].sha256
    asked = msgspec.structs.replace(request(release), listed={sha256: Listed(pack="advisory", label="loader")})
    result = run(asked, cache, pool)
    assert rules_of(result).keys() == {"listed-hash"}
    assert result.findings[0].hindsight
    assert result.verdict is not VerdictWord.CLEAN
    assert result.verdict_without_hindsight is VerdictWord.CLEAN


def _waiving(release: VetResult, **changes: object) -> LoadedPolicy:
    finding = next(f for f in release.findings if f.rule == "signature-padding")
    waiver = Waiver(
        rule=finding.rule,
        artifact_sha256=finding.artifacts[0].sha256,
        reason="known to its publisher",
        owner="someone",
        expires=NOW.date().replace(month=9),
    )
    waivers = (msgspec.structs.replace(waiver, **changes),)
    return LoadedPolicy(policy=Policy(waivers=waivers), roots=lab_roots())


def test_a_waiver_takes_a_finding_out_of_the_verdict_and_says_so(tmp_path: Path, cache: Path, pool: Pool) -> None:
    release = _folder(tmp_path / "carrier", CARRIER_ONLY)
    policy = _waiving(vetted(release, cache=cache, pool=pool))
    result = vetted(release, cache=cache, pool=pool, policy=policy)
    assert result.verdict is VerdictWord.CLEAN
    assert result.verdict_without_waivers is VerdictWord.RIGGED
    assert [bool(f.waived) for f in result.findings if f.rule == "signature-padding"] == [True]
    assert result.waived[0].startswith("used: ")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"expires": NOW.date().replace(year=2022)}, "expired"),
        ({"expires": NOW.date().replace(year=2024)}, "at most 180 days"),
        ({"artifact_sha256": "0" * 64}, ""),
        ({"rule": "another-rule"}, ""),
    ],
)
def test_a_waiver_that_does_not_hold_is_not_used(
    tmp_path: Path, cache: Path, pool: Pool, changes: dict[str, object], said: str
) -> None:
    release = _folder(tmp_path / "carrier", CARRIER_ONLY)
    policy = _waiving(vetted(release, cache=cache, pool=pool), **changes)
    result = vetted(release, cache=cache, pool=pool, policy=policy)
    assert result.verdict is VerdictWord.RIGGED
    assert said in " ".join(result.waived)
    assert not any(sentence.startswith("used") for sentence in result.waived)


def test_a_waiver_may_name_signer_and_component(tmp_path: Path, cache: Path, pool: Pool) -> None:
    release = _folder(tmp_path / "carrier", CARRIER_ONLY)
    plain = vetted(release, cache=cache, pool=pool)
    finding = next(f for f in plain.findings if f.rule == "signature-padding")
    artifact = next(a for a in plain.artifacts if a.id == finding.artifacts[0].id)
    assert artifact.identity.signer is not None
    named = {"artifact_sha256": "", "signer": artifact.identity.signer.subject, "component": artifact.identity.name}
    assert vetted(release, cache=cache, pool=pool, policy=_waiving(plain, **named)).verdict is VerdictWord.CLEAN
    other = named | {"component": "another.dll"}
    assert vetted(release, cache=cache, pool=pool, policy=_waiving(plain, **other)).verdict is VerdictWord.RIGGED


def test_a_stored_baseline_brings_its_trust_and_must_be_what_was_stored(
    tmp_path: Path, cache: Path, pool: Pool
) -> None:
    base = _folder(tmp_path / "base", BASELINE)
    stored = msgspec.structs.replace(vetted(base, cache=cache, pool=pool).release, trust=Trust.REBUILT)
    asked = msgspec.structs.replace(request(_folder(tmp_path / "new", CLEAN), base), stored={base: stored})
    assert run(asked, cache, pool).baselines[0].trust is Trust.REBUILT
    (base / "added.txt").write_text("put there since")
    with pytest.raises(UsageError, match="expected the bytes that were added"):
        run(asked, cache, pool)


def test_chains_that_cannot_be_judged_make_the_answer_incomplete(tmp_path: Path, cache: Path, pool: Pool) -> None:
    broken = LoadedPolicy(policy=Policy(), roots=(b"no certificate",))
    result = vetted(_folder(tmp_path / "clean", CLEAN), cache=cache, pool=pool, policy=broken)
    assert not result.complete
    assert result.verdict is VerdictWord.INCOMPLETE
    assert {problem.kind for problem in result.problems} == {ProblemKind.FORMAT}
    assert isinstance(result.problems[0], Problem)
