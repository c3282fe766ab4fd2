from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.exchange import cyclonedx
from unrig.exchange.cyclonedx import Bom, BomComponent, read_bom
from unrig.model.errors import FormatError, LimitError

HASH = hashlib.sha256(b"thing").hexdigest()


def bom(**fields: Any) -> bytes:
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", **fields}).encode()


def test_what_identifies_a_component_is_read() -> None:
    component = {
        "type": "library",
        "group": "@scope",
        "name": "lib",
        "version": "1.0",
        "purl": "pkg:npm/%40scope/lib@1.0",
        "cpe": "cpe:2.3:a:x:lib:1.0:*:*:*:*:*:*:*",
        "hashes": [{"alg": "MD5", "content": "0" * 32}, {"alg": "SHA-256", "content": HASH.upper()}],
        "externalReferences": [
            {"type": "website", "hashes": [{"alg": "SHA-256", "content": "0" * 64}]},
            {"type": "distribution", "hashes": [{"alg": "SHA-256", "content": "1" * 64}]},
        ],
        "evidence": {"occurrences": [{"location": "/app/lib.dll"}, {}]},
    }
    read = read_bom(
        bom(serialNumber="urn:uuid:1", metadata={"component": {"name": "App", "version": "2"}}, components=[component]),
        "f.json",
    )
    assert read.product == BomComponent(pointer="/metadata/component", name="App", version="2")
    assert read.components == (
        BomComponent(
            pointer="/components/0",
            kind="library",
            name="@scope/lib",
            version="1.0",
            purl="pkg:npm/%40scope/lib@1.0",
            cpe="cpe:2.3:a:x:lib:1.0:*:*:*:*:*:*:*",
            sha256=HASH,
            distributions=("1" * 64,),
            occurrences=("/app/lib.dll",),
        ),
    )
    assert read.problems == ()


def test_nested_components_are_read_outermost_first() -> None:
    inner = {"name": "c", "components": [{"name": "d"}]}
    read = read_bom(
        bom(
            metadata={"component": {"name": "App", "components": [{"name": "z"}]}},
            components=[{"name": "a", "components": [{"name": "b"}, inner]}, {"name": "e"}],
        ),
        "f",
    )
    assert [(one.name, one.pointer) for one in read.components] == [
        ("z", "/metadata/component/components/0"),
        ("a", "/components/0"),
        ("b", "/components/0/components/0"),
        ("c", "/components/0/components/1"),
        ("d", "/components/0/components/1/components/0"),
        ("e", "/components/1"),
    ]


def test_one_bad_component_hides_no_other() -> None:
    read = read_bom(bom(components=[1, {"name": "a", "components": "x"}, None, "s", {"name": 5, "hashes": 7}]), "f")
    assert [one.name for one in read.components] == ["a", ""]
    assert [problem.where for problem in read.problems] == [
        "f#/components/0",
        "f#/components/1/components",
        "f#/components/3",
    ]


def test_ancestors_and_services_are_not_in_the_product() -> None:
    read = read_bom(
        bom(components=[{"name": "a", "pedigree": {"ancestors": [{"name": "x"}]}}], services=[{"name": "s"}]), "f"
    )
    assert [one.name for one in read.components] == ["a"]


@pytest.mark.parametrize("version", ["1.7", "2.0", "", None])
def test_another_version_is_read_and_told(version: Any) -> None:
    read = read_bom(bom(specVersion=version, components=[{"name": "a"}]), "f")
    assert [problem.kind for problem in read.problems] == ["unsupported"]
    assert len(read.components) == 1


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b"null", b"{", b"\xff\xfe{\x00", b'{"spdxVersion": "SPDX-2.3"}', b'{"bomFormat": "cyclonedx"}'],
)
def test_what_is_no_bom_is_a_format_error(data: Any) -> None:
    with pytest.raises(FormatError):
        read_bom(data, "f")


def test_budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = b'{"bomFormat": "CycloneDX", "components": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    with pytest.raises(LimitError):
        read_bom(deep, "f")
    monkeypatch.setattr(cyclonedx, "MAX_COMPONENTS", 3)
    read_bom(bom(components=[{}] * 3), "f")
    with pytest.raises(LimitError):
        read_bom(bom(components=[{}] * 4), "f")
    monkeypatch.setattr(cyclonedx, "MAX_BYTES", 10)
    with pytest.raises(LimitError):
        read_bom(bom(), "f")


def test_a_byte_order_mark_is_no_harm() -> None:
    assert read_bom(b"\xef\xbb\xbf" + bom(), "f").spec_version == "1.5"


SEED = bom(
    metadata={"component": {"name": "App"}},
    components=[
        {"name": "ä\ud83d\ude00", "hashes": [{"alg": "SHA-256", "content": HASH}], "components": [{"name": "b"}]}
    ],
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SEED) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_any_flipped_byte_is_a_bom_or_a_format_error(flips: Any) -> None:
    data = bytearray(SEED)
    for at, value in flips:
        data[at] = value
    try:
        read = read_bom(bytes(data), "f")
    except (FormatError, LimitError):
        return
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(read), type=Bom) == read


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["name", "components", "hashes", "evidence", "occurrences", "externalReferences", "type", "alg"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(JSON, JSON)
def test_any_json_in_any_place_is_read(components: Any, metadata: Any) -> None:
    read = read_bom(bom(components=components, metadata=metadata), "f")
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(read), type=Bom) == read


def test_every_real_bom_is_read() -> None:
    corpora = os.environ.get("UNRIG_CORPORA")
    if not corpora:
        pytest.skip("UNRIG_CORPORA is not set")
    boms = components = 0
    with tarfile.open(Path(corpora) / "sbom-examples.tar.xz") as archive:
        for member in archive:
            if not (member.isfile() and member.name.endswith(".json")):
                continue
            data = io.BytesIO(archive.extractfile(member).read()).getvalue()
            read = read_bom(data, member.name)
            assert read.problems == ()
            assert len(read.components) >= len(json.loads(data).get("components", []))
            boms, components = boms + 1, components + len(read.components)
    assert boms > 60
    assert components > 10_000
