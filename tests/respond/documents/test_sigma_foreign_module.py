from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
import yaml
from sigma_kit import detection, fires, load

from unrig.model.lead import ManifestEntry, ManifestLead
from unrig.respond.documents import sigma_foreign_module, sigma_rigged_module
from unrig.respond.emitter import Refusal


def test_a_foreign_module_fires_and_the_manifests_own_do_not(made: ModuleType) -> None:
    rule = sigma_foreign_module.emit(made.inputs())
    assert fires(rule, load("libEGL.dll", made.sha("planted")))
    assert fires(rule, load("ffmpeg.dll", made.READER))
    assert not fires(rule, load("libEGL.dll", made.OTHER))
    assert not fires(rule, load("libEGL.dll", ""))
    assert not fires(rule, load("kernel32.dll", made.sha("windows")))
    assert not fires(rule, load("libEGL.dll", made.sha("planted"), program="C:\\Apps\\Other.exe"))


def test_ids_follow_the_case_and_differ_by_rule(made: ModuleType) -> None:
    rules = (sigma_rigged_module, sigma_foreign_module)
    first = [yaml.safe_load(rule.emit(made.inputs()))["id"] for rule in rules]
    assert first == [yaml.safe_load(rule.emit(made.inputs()))["id"] for rule in rules]
    assert len({*first, *(yaml.safe_load(rule.emit(made.inputs(case_id="other")))["id"] for rule in rules)}) == 4


@pytest.mark.parametrize("keep", ["app/SoftPhone.exe", "app/libEGL.dll"])
def test_a_manifest_of_programs_or_modules_alone_is_refused(made: ModuleType, keep: Any) -> None:
    lead = ManifestLead(id="3", product="p", entries=(ManifestEntry(path=keep, sha256=made.OTHER),))
    assert isinstance(sigma_foreign_module.emit(made.inputs(vets=(made.vet(leads=(lead,)),))), Refusal)


def test_a_manifest_too_large_for_any_engine_is_refused(made: ModuleType) -> None:
    entries = [ManifestEntry(path="a.exe", sha256=made.PROGRAM)]
    entries += [
        ManifestEntry(path=f"m{i}.dll", sha256=made.sha(str(i))) for i in range(sigma_foreign_module.MAX_HASHES)
    ]
    lead = ManifestLead(id="3", product="p", entries=tuple(entries))
    answer = sigma_foreign_module.emit(made.inputs(vets=(made.vet(leads=(lead,)),)))
    assert isinstance(answer, Refusal)
    assert "4001 hashes" in answer.reason


@pytest.mark.parametrize("name", ["a*.dll", "a?.dll", "x%0A.dll", "a%5Cb.dll", "it's.dll", "- x: y.dll"])
def test_names_made_to_break_the_rule_do_not(made: ModuleType, name: Any) -> None:
    entries = (
        ManifestEntry(path="a.exe", sha256=made.PROGRAM),
        ManifestEntry(path="good.dll", sha256=made.OTHER),
        ManifestEntry(path=f"x.msi!/{name}", sha256=made.sha(name)),
    )
    lead = ManifestLead(id="3", product="p", entries=entries)
    found = detection(sigma_foreign_module.emit(made.inputs(vets=(made.vet(leads=(lead,)),))))
    listed = found["selection"]["ImageLoaded|endswith"]
    assert "\\\\good.dll" in listed
    assert len(listed) == (2 if name == "it's.dll" else 1)
