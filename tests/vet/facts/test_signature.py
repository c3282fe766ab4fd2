from __future__ import annotations

import msgspec
import pytest
import signature_kit as kit

from unrig.drill.build.payload import PayloadSpec
from unrig.drill.build.signing import SigningSpec
from unrig.model.errors import FormatError
from unrig.model.signature import SignatureFacts
from unrig.vet.facts.signature import EXTRACTOR


def test_the_extractor_says_what_it_reads_and_fills() -> None:
    assert (EXTRACTOR.id, EXTRACTOR.formats, EXTRACTOR.fills) == (
        "signature",
        ("cab", "ole", "pe", "zip"),
        SignatureFacts,
    )
    assert EXTRACTOR.version >= 1


def test_what_it_fills_survives_the_cache() -> None:
    data = kit.signed_file(SigningSpec(unsigned_attribute=PayloadSpec(size=300), attribution=500))
    facts = EXTRACTOR.extract(memoryview(data))
    assert isinstance(facts, SignatureFacts)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(facts), type=EXTRACTOR.fills) == facts


def test_the_same_bytes_give_the_same_facts() -> None:
    data = kit.signed_file()
    assert EXTRACTOR.extract(memoryview(data)) == EXTRACTOR.extract(memoryview(bytearray(data)))


def test_a_program_without_headers_is_refused() -> None:
    broken = bytearray(kit.signed_file())
    at = int.from_bytes(broken[60:64], "little")
    with pytest.raises(FormatError):
        EXTRACTOR.extract(memoryview(bytes(broken[: at + 8])))
