"""A bom of what vet found: valid by the standard's own library, and read back by unrig's reader as the same parts."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import page_kit
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from unrig.exchange import cyclonedx_bom
from unrig.exchange.cyclonedx import read_bom
from unrig.model.artifact import Artifact, Component
from unrig.model.identity import Identity, Signer
from unrig.model.results import VetResult

STRICT = JsonStrictValidator(SchemaVersion.V1_6)


def nested(*paths: str, named: tuple[str, ...]) -> VetResult:
    """Return a result over files at these paths, of which those `named` say what they are."""
    files = [
        Artifact(
            id=f"id:{path}",
            path=path,
            sha256=f"{number:064x}",
            size=number,
            format="pe",
            container=path.rpartition("!/")[0],
            identity=Identity(
                name=path.rsplit("/", 1)[-1],
                version="1.2" if path in named else "",
                purl="pkg:generic/part@1.2" if path in named else "",
                signer=Signer(subject="CN=Signer, O=Maker GmbH", issuer="CN=Lab", spki_sha256="c0" * 32),
                authenticode_hash={"sha256": "ae" * 32},
            ),
        )
        for number, path in enumerate(paths, 1)
    ]
    told = [one for one in files if one.path in named]
    components = tuple(Component(identity=one.identity, artifact=one.id, told_by="version_info") for one in told)
    return msgspec.structs.replace(page_kit.vet(), artifacts=tuple(files), components=components)


def bom_of(result: VetResult) -> Any:
    data = cyclonedx_bom.encode(result)
    assert STRICT.validate_str(data.decode()) is None
    return json.loads(data)


@pytest.mark.parametrize("text", ["plain", "", "ä\u202e\x00</x>", "a" * 5000])
def test_it_is_valid_whatever_a_release_calls_itself(text: str) -> None:
    bom_of(page_kit.vet(text))


def test_it_is_valid_for_a_real_result(rigged: VetResult) -> None:
    bom = bom_of(rigged)
    assert bom["metadata"]["component"]["hashes"][0]["content"] == rigged.release.sha256
    assert {one["name"]: one["value"] for one in bom["metadata"]["properties"]}["unrig:verdict"] == "rigged"
    names = {one["name"] for one in bom["components"]}
    assert {component.identity.name for component in rigged.components} <= names


def test_a_component_says_what_it_is_who_made_it_and_how_that_was_told() -> None:
    (part,) = bom_of(nested("app/part.dll", named=("app/part.dll",)))["components"]
    assert (part["type"], part["name"], part["version"]) == ("library", "part.dll", "1.2")
    assert part["purl"] == "pkg:generic/part@1.2"
    assert part["supplier"] == {"name": "Maker GmbH"}
    assert part["hashes"] == [{"alg": "SHA-256", "content": f"{1:064x}"}]
    assert part["evidence"]["occurrences"] == [{"location": "app/part.dll"}]
    (identity,) = part["evidence"]["identity"]
    assert (identity["field"], identity["methods"][0]["technique"]) == ("purl", "binary-analysis")
    said = {one["name"]: one["value"] for one in part["properties"]}
    assert said["unrig:signer:issuer"] == "CN=Lab"
    assert said["unrig:authenticode:sha256"] == "ae" * 32


def test_the_tree_is_that_of_the_containers() -> None:
    paths = ("a.zip", "a.zip!/b.cab", "a.zip!/b.cab!/deep.dll", "a.zip!/other.txt", "top.exe")
    bom = bom_of(nested(*paths, named=("a.zip!/b.cab!/deep.dll", "top.exe")))
    assert [one["name"] for one in bom["components"]] == ["a.zip", "b.cab", "deep.dll", "top.exe"]
    assert [one["type"] for one in bom["components"]] == ["file", "file", "library", "application"]
    tree = {one["ref"]: one.get("dependsOn", []) for one in bom["dependencies"]}
    root = bom["metadata"]["component"]["bom-ref"]
    assert tree[root] == ["id:a.zip", "id:top.exe"]
    assert tree["id:a.zip"] == ["id:a.zip!/b.cab"]
    assert tree["id:a.zip!/b.cab"] == ["id:a.zip!/b.cab!/deep.dll"]
    assert tree["id:top.exe"] == []


def test_it_never_claims_to_be_whole() -> None:
    assert [one["aggregate"] for one in bom_of(page_kit.vet())["compositions"]] == ["incomplete"]


def test_what_scope_reads_back_is_what_was_written() -> None:
    result = nested("app/part.dll", "app/quiet.bin", named=("app/part.dll",))
    read = read_bom(cyclonedx_bom.encode(result), "bom")
    assert read.problems == ()
    assert read.product is not None
    assert read.product.sha256 == result.release.sha256
    (part,) = read.components
    assert (part.name, part.version, part.sha256) == ("part.dll", "1.2", f"{1:064x}")
    assert part.occurrences == ("app/part.dll",)


def test_the_same_release_has_the_same_serial_number() -> None:
    first, again = bom_of(page_kit.vet()), bom_of(page_kit.vet("other"))
    assert first["serialNumber"] == again["serialNumber"]
