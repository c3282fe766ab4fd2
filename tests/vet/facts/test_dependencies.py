"""What manifests ask for."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from unrig.vet.facts.dependencies import extract


def requires(text: str) -> dict[str, str]:
    return extract(memoryview(text.encode())).requires


def test_a_package_json() -> None:
    text = json.dumps({"dependencies": {"a": "^1"}, "devDependencies": {"b": "file:../b"}, "peerDependencies": ["c"]})
    assert requires(text) == {"a": "^1", "b (dev)": "file:../b"}


def test_metadata_of_a_wheel() -> None:
    text = "Metadata-Version: 2.1\nName: x\nRequires-Dist: numpy >=2\nRequires-Dist: rich\n\nRequires text"
    assert requires(text) == {"numpy": ">=2", "rich": ""}


def test_other_texts_ask_for_nothing() -> None:
    assert requires("Requires-Dist: numpy") == {}
    assert requires("{" * 100_000) == {}
    assert requires("[1]") == {}


@given(st.binary(max_size=200))
def test_any_bytes_are_read(data: bytes) -> None:
    assert isinstance(extract(memoryview(data)).requires, dict)
