from __future__ import annotations

from types import ModuleType

from msgspec.structs import replace
from sigma_kit import detection, fires, load

from unrig.model.identity import Identity
from unrig.model.lead import HashLead
from unrig.model.levels import Answer
from unrig.respond.documents import sigma_rigged_module
from unrig.respond.emitter import Refusal


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


def test_a_rigged_library_for_macos_or_an_installer_is_refused(made: ModuleType) -> None:
    for name in ("libffmpeg.dylib", "SoftPhone.msi", "ffmpeg.dll.txt", ""):
        identity = Identity(sha256=made.sha(name), name=name, discriminates={"sha256": Answer.YES})
        vet = made.vet(artifacts=(), leads=(HashLead(id="1", identity=identity),))
        assert isinstance(sigma_rigged_module.emit(made.inputs(vets=(vet,))), Refusal), name


def test_without_a_discriminating_hash_there_is_no_rule(made: ModuleType) -> None:
    identity = replace(made.CARRIER_IDENTITY, discriminates={"authenticode_hash.sha256": Answer.YES})
    vet = made.vet(leads=(HashLead(id="1", identity=identity),))
    assert isinstance(sigma_rigged_module.emit(made.inputs(vets=(vet,))), Refusal)
