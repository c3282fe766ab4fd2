"""Earlier results judged again: what came, what went, what takes their place, and what rests on a revoked baseline."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from unrig import api
from unrig.drill.build.folder import write_folder
from unrig.drill.build.release import BASELINE, CLEAN, RIGGED, ReleaseSpec, build_release
from unrig.loop import rejudging
from unrig.model.errors import UsageError
from unrig.model.levels import Confidence, Maturity, Severity, VerdictWord
from unrig.model.pe import PeFacts
from unrig.model.rule import Hit, Rule
from unrig.store import kept_results, locations
from unrig.vet import pipeline

SEED = 41


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "state" / name))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1685577600")
    monkeypatch.chdir(tmp_path)


def release(path: Path, spec: ReleaseSpec = CLEAN) -> Path:
    return write_folder(build_release(spec, SEED), path)


def rule(check: object, *, id: str = "a-new-rule", severity: Severity = Severity.HIGH) -> Rule:  # noqa: A002  (the field's own name)
    return Rule(
        id=id,
        title="A new rule",
        severity=severity,
        confidence=Confidence.HIGH,
        maturity=Maturity.STABLE,
        techniques=(),
        over="artifact",
        reads=(PeFacts,),
        check=check,  # type: ignore[arg-type]
        benign="nothing",
    )


def _says(facts: PeFacts) -> Iterator[Hit]:
    if facts.is_dll:
        yield Hit(what="it is a library", keys=("library",))


def test_a_new_rule_changes_what_an_earlier_result_says_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = release(tmp_path / "app")
    assert api.vet(place).verdict not in ("suspicious", "rigged")
    shutil.rmtree(place)
    monkeypatch.setattr(pipeline, "RULES", (rule(_says),))
    (told,) = api.judge_again()
    assert told.after.verdict is VerdictWord.SUSPICIOUS
    assert told.because[0].startswith("new: high a-new-rule: ")
    monkeypatch.setattr(pipeline, "RULES", (rule(_says, severity=Severity.MEDIUM),))
    (milder,) = api.judge_again("app")
    assert (milder.before.verdict, milder.after.verdict) == ("suspicious", "review")
    assert milder.because[0].startswith("weighed anew: medium a-new-rule: ")
    assert milder.because[0].endswith("was high")
    monkeypatch.setattr(pipeline, "RULES", ())
    (gone,) = api.judge_again()
    assert (gone.before.verdict, gone.after.verdict) == ("review", "clean")
    assert gone.because[0].startswith("gone: medium a-new-rule: ")
    (same,) = api.judge_again()
    assert (same.before.verdict, same.after.verdict, same.because) == ("clean", "clean", ())


def test_all_results_are_judged_and_one_by_its_name(tmp_path: Path) -> None:
    for name, spec in (("one", CLEAN), ("two", RIGGED)):
        api.vet(release(tmp_path / name, spec))
    assert [told.before.release.path for told in api.judge_again()] == ["one", "two"]
    (two,) = api.judge_again(tmp_path / "two")
    assert two.after.verdict == two.before.verdict == "rigged"
    (by_hash,) = api.judge_again(two.after.release.sha256[:10])
    assert by_hash.after.release.path == "two"


def test_of_a_release_vetted_twice_the_last_result_is_judged(tmp_path: Path) -> None:
    app, base = release(tmp_path / "app"), release(tmp_path / "base", BASELINE)
    api.vet(app)
    api.vet(app, baselines=[base])
    (told,) = api.judge_again("app")
    assert [good.path for good in told.after.baselines] == ["base"]
    assert len(api.judge_again()) == 2


def test_a_name_that_no_or_several_releases_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="found no result of it among 0"):
        api.judge_again("app")
    api.vet(release(tmp_path / "a" / "app"))
    api.vet(release(tmp_path / "b" / "app", RIGGED))
    with pytest.raises(UsageError, match="expected one release, found several"):
        api.judge_again("app")
    (told,) = api.judge_again(tmp_path / "b" / "app")
    assert told.after.verdict == "rigged"


def test_what_rests_on_a_revoked_baseline_is_judged_without_it_and_stays_so(tmp_path: Path) -> None:
    base, app = release(tmp_path / "base", BASELINE), release(tmp_path / "app")
    api.add_baseline(base)
    api.vet(app, baselines=["base"])
    api.vet(release(tmp_path / "other"))
    for place in (base, app):
        shutil.rmtree(place)
    (void,) = api.revoke_baseline("base", "a test")
    assert void.because == ("without base, which was revoked",)
    assert void.after.baselines == ()
    assert void.after.stats.opened == 0
    assert [one.because for one in api.judge_again("app")] == [()]
    assert rejudging.resting_on(void.before.good[0]) == ()


def test_a_result_that_can_no_longer_be_judged_whole_keeps_its_place(tmp_path: Path) -> None:
    api.vet(release(tmp_path / "app", RIGGED))
    with sqlite3.connect(locations.cache_folder() / "facts.sqlite") as file:
        file.execute("DELETE FROM fact")
    (told,) = api.judge_again()
    assert (told.before.verdict, told.after.verdict, told.whole) == ("rigged", "incomplete", False)
    assert told.because[-1].startswith("not everything could be looked at: ")
    assert any(line.startswith("gone: ") for line in told.because)
    (still,) = api.judge_again()
    assert still.before.verdict == "rigged"


def test_another_policy_is_named_where_something_changed(tmp_path: Path) -> None:
    app = release(tmp_path / "app", RIGGED)
    found = api.vet(app)
    (worst,) = (f for f in found.findings if f.severity is Severity.CRITICAL)
    sha256 = worst.artifacts[0].sha256
    (tmp_path / "unrig.toml").write_text(
        f'waivers = [{{ rule = "{worst.rule}", artifact_sha256 = "{sha256}", reason = "a test", owner = "somebody", '
        "expires = 2023-07-01 }]\n"
    )
    (told,) = api.judge_again("app")
    assert told.because[0].startswith(f"gone: critical {worst.rule}: ")
    assert told.because[-1] == "the policy is another one"


def test_a_damaged_record_is_passed_over(tmp_path: Path) -> None:
    api.vet(release(tmp_path / "app"))
    with sqlite3.connect(locations.cache_folder() / kept_results.FILE) as file:
        file.execute("UPDATE result SET body = x'00'")
    assert api.judge_again() == ()
