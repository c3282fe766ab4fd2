from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
import yaml
from msgspec.structs import replace
from sigma.rule import SigmaRule

from unrig.model.identity import Identity
from unrig.model.lead import HashLead, ManifestEntry, ManifestLead
from unrig.model.levels import Answer
from unrig.respond.documents import sigma_foreign_module, sigma_rigged_module
from unrig.respond.emitter import Refusal


def detection(data: bytes) -> Any:
    SigmaRule.from_yaml(data.decode())
    return yaml.safe_load(data)["detection"]


def matches(search: Any, event: Any) -> bool:
    """Evaluate the two modifiers that the rules use, apart from unrig's and pySigma's code."""
    tests = {"contains": lambda value, part: part in value, "endswith": lambda value, part: value.endswith(part)}
    for key, wanted in search.items():
        field, modifier = key.split("|")
        value = event.get(field, "").lower()
        if not any(tests[modifier](value, one.replace("\\\\", "\\").lower()) for one in wanted):
            return False
    return True


def load(module: str, sha256: str, program: str = "C:\\Apps\\SoftPhone\\SoftPhone.exe") -> Any:
    hashes = f"MD5=00,SHA256={sha256.upper()},IMPHASH=00" if sha256 else "MD5=00"
    return {"Image": program, "ImageLoaded": f"C:\\Apps\\SoftPhone\\{module}", "Hashes": hashes}


def fires(data: bytes, event: Any) -> bool:
    found = detection(data)
    return matches(found["selection"], event) and not (
        "filter_main_manifest" in found and matches(found["filter_main_manifest"], event)
    )


def test_the_rigged_module_fires_and_its_genuine_twin_does_not(made: ModuleType) -> None:
    rule = sigma_rigged_module.emit(made.inputs())
    assert fires(rule, load("d3dcompiler_47.dll", made.CARRIER))
    assert fires(rule, load("renamed.dll", made.READER))
    assert not fires(rule, load("d3dcompiler_47.dll", made.sha("the genuine file")))
    assert not fires(rule, load("d3dcompiler_47.dll", made.GENUINE_AUTHENTICODE))


def test_the_rule_matches_hashes_alone(made: ModuleType) -> None:
    found = detection(sigma_rigged_module.emit(made.inputs()))
    assert list(found["selection"]) == ["Hashes|contains"]
    assert sorted(found["selection"]["Hashes|contains"]) == sorted(
        f"SHA256={one.upper()}" for one in (made.CARRIER, made.READER)
    )


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


def test_a_rigged_library_for_macos_or_an_installer_is_refused(made: ModuleType) -> None:
    for name in ("libffmpeg.dylib", "SoftPhone.msi", "ffmpeg.dll.txt", ""):
        identity = Identity(sha256=made.sha(name), name=name, discriminates={"sha256": Answer.YES})
        vet = made.vet(artifacts=(), leads=(HashLead(id="1", identity=identity),))
        assert isinstance(sigma_rigged_module.emit(made.inputs(vets=(vet,))), Refusal), name


def test_without_a_discriminating_hash_there_is_no_rule(made: ModuleType) -> None:
    identity = replace(made.CARRIER_IDENTITY, discriminates={"authenticode_hash.sha256": Answer.YES})
    vet = made.vet(leads=(HashLead(id="1", identity=identity),))
    assert isinstance(sigma_rigged_module.emit(made.inputs(vets=(vet,))), Refusal)


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
