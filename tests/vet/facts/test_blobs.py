from __future__ import annotations

import random

import pytest

from unrig.drill.build.payload import Kind, PayloadSpec
from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec, ResourceSpec, SectionSpec
from unrig.formats.masked_text import STUB
from unrig.model.blobs import BlobFacts
from unrig.vet.facts.blobs import EXTRACTOR, MOST

WRITABLE = 0xC0000040


def facts(spec: PeSpec, seed: int = 3) -> BlobFacts:
    found = EXTRACTOR.extract(memoryview(build_pe(spec, seed)))
    assert isinstance(found, BlobFacts)
    return found


def resource(kind: Kind, size: int = 20_000) -> PeSpec:
    return PeSpec(resources=(ResourceSpec(size=size, kind=kind),))


def test_an_ordinary_program_carries_nothing() -> None:
    assert facts(PeSpec()) == BlobFacts()
    assert facts(resource(Kind.STRUCTURED)) == BlobFacts()
    assert facts(resource(Kind.ASCII)) == BlobFacts()


def test_uniform_bytes_are_told_with_their_place() -> None:
    (blob,) = facts(resource(Kind.RANDOM)).blobs
    assert blob.where == "resource RT_RCDATA/#1"
    assert blob.bytes.span.length >= 8192
    (small,) = facts(resource(Kind.RANDOM, 2000)).blobs
    assert small.bytes.span.length == 2000
    (behind,) = facts(PeSpec(overlay=PayloadSpec(size=30_000))).blobs
    assert behind.where == "overlay"
    (within,) = facts(PeSpec(sections=(SectionSpec(name=".blob", size=20_000, kind=Kind.RANDOM),))).blobs
    assert within.where == "section .blob"


def test_code_is_not_asked() -> None:
    code = SectionSpec(name=".code", size=20_000, kind=Kind.RANDOM, characteristics=0x60000020)
    assert facts(PeSpec(sections=(code,))).blobs == ()


@pytest.mark.parametrize(("kind", "encoding"), [(Kind.BASE64, "base64"), (Kind.HEX, "hex")])
def test_encodings_of_uniform_bytes(kind: Kind, encoding: str) -> None:
    (run,) = facts(resource(kind, 6000)).encoded
    assert run.encoding in (encoding, "base64")  # the marker in front of hex has letters that hex has not
    assert run.uniform or kind is Kind.HEX
    assert run.where == "resource RT_RCDATA/#1"


def test_programs_in_the_open_and_masked() -> None:
    found = facts(resource(Kind.PROGRAM))
    assert [(one.where, one.format) for one in found.embedded] == [("resource RT_RCDATA/#1", "pe")]
    assert found.masked == ()
    hidden = facts(resource(Kind.MASKED))
    assert hidden.embedded == ()
    assert [(one.what, one.method) for one in hidden.masked] == [("program", "one byte")]


def test_a_program_does_not_find_itself() -> None:
    data = build_pe(PeSpec(), 1)
    assert EXTRACTOR.extract(memoryview(data)).embedded == ()
    assert EXTRACTOR.extract(memoryview(data + bytes(5000) + data)).embedded[0].where == "overlay"


def test_a_file_of_no_known_format_is_asked_too() -> None:
    drawn = random.Random(1)
    key = bytes((9, 77, 130))
    text = bytes(byte ^ key[index % 3] for index, byte in enumerate(STUB))
    data = drawn.randbytes(9000) + b"\xfe\xff" * 3000 + text + bytes(500)
    found = EXTRACTOR.extract(memoryview(data))
    assert [one.where for one in found.blobs] == ["file"]
    assert [(one.method, one.key[:6]) for one in found.masked] == [("repeating", key.hex())]


def test_more_than_are_kept_are_told() -> None:
    data = bytes(100) + b"".join(bytes(byte ^ 7 for byte in STUB) + bytes(50) for _ in range(MOST + 5))
    assert len(EXTRACTOR.extract(memoryview(data)).masked) == MOST
