"""The strings of interest as a fact of any artifact."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec
from unrig.model.strings import StringFacts
from unrig.vet.facts.strings import EXTRACTOR, extract


@pytest.mark.parametrize("seed", range(3))
def test_names_and_addresses_of_a_program_are_facts(seed: int) -> None:
    spec = PeSpec(
        imports={"KERNEL32.dll": ("LoadLibraryW",)},
        strings=("d3dcompiler_47.dll", "https://updates.invalid/icon3.ico"),
        wide_strings=("manifest.json", "wss://live.invalid/feed"),
    )
    data = build_pe(spec, seed)
    facts = extract(memoryview(data))
    names = {one.text: one for one in facts.file_names}
    assert {"KERNEL32.dll", "d3dcompiler_47.dll", "icon3.ico", "manifest.json"} <= set(names)
    assert names["manifest.json"].encoding == "utf-16"
    assert data[names["d3dcompiler_47.dll"].offset :].startswith(b"d3dcompiler_47.dll\0")
    assert [one.text for one in facts.urls] == ["https://updates.invalid/icon3.ico", "wss://live.invalid/feed"]
    assert facts.truncated == ()


def test_the_extractor_reads_every_format() -> None:
    assert (EXTRACTOR.id, EXTRACTOR.formats, EXTRACTOR.fills) == ("strings", (), StringFacts)
    assert EXTRACTOR.extract(memoryview(b"")) == StringFacts()


@given(st.binary(max_size=300))
def test_facts_of_any_bytes_can_be_stored(data: bytes) -> None:
    facts = EXTRACTOR.extract(memoryview(data))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(facts), type=StringFacts) == facts
