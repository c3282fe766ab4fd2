from __future__ import annotations

import pytest
import signature_kit as kit
from hypothesis import given
from hypothesis import strategies as st

from unrig.drill.build import _der as write
from unrig.drill.build import _spc as spc
from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec
from unrig.formats import authenticode_content as content
from unrig.formats import der
from unrig.model.errors import FormatError, LimitError

DIGEST = write.sequence(kit.SHA256_ID, write.octets(b"\xab" * 32))


def read(data: bytes) -> content.IndirectData:
    return content.indirect_data(data, der.root(data))


def image_data(*link: bytes) -> bytes:
    """Return SpcIndirectDataContent whose SpcPeImageData.file is this link."""
    inner = write.sequence(write.value(3, b"\0"), write.tagged(0, *link))
    return write.sequence(write.sequence(write.oid(content.PE_IMAGE_DATA), inner), DIGEST)


def moniker(table: bytes, oid: str = "1.3.6.1.4.1.311.2.3.2", kind: bytes = content.PAGE_HASH_CLASS) -> bytes:
    hashed = kit.attribute(oid, table)
    return write.tagged(1, write.octets(kind), write.octets(write.value(0x31, hashed)))


def test_the_digest_that_was_signed() -> None:
    image = build_pe(PeSpec(), 3)
    told = read(spc.indirect_data(image, "sha384", pages=False))
    assert told == content.IndirectData(algorithm="sha384", digest=spc.image_digest(image, "sha384").hex(), pages=None)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_the_page_hashes_that_were_signed(algorithm: str) -> None:
    image = build_pe(PeSpec(), 3)
    told = read(spc.indirect_data(image, algorithm, pages=True))
    assert told.pages == content.DeclaredPages(algorithm=algorithm, table=spc.page_hashes(image, algorithm))


@pytest.mark.parametrize(
    "data",
    [
        image_data(write.tagged(2, write.primitive(0, b""))),
        image_data(write.primitive(0, b"https://x.invalid/")),
        image_data(moniker(write.octets(b"x"), kind=bytes(16))),
        write.sequence(write.sequence(write.oid("1.3.6.1.4.1.311.2.1.30"), b"\x30\x00"), DIGEST),
        write.sequence(write.sequence(write.oid(content.PE_IMAGE_DATA)), DIGEST),
        write.sequence(write.sequence(write.oid(content.PE_IMAGE_DATA), b"\x30\x00"), DIGEST),
    ],
)
def test_other_links_have_no_page_hashes(data: bytes) -> None:
    assert read(data) == content.IndirectData(algorithm="sha256", digest="ab" * 32, pages=None)


@pytest.mark.parametrize(
    "data",
    [
        b"\x30\x00",
        write.sequence(b"\x30\x00", DIGEST),
        write.sequence(write.sequence(write.oid(content.PE_IMAGE_DATA))),
        write.sequence(write.sequence(write.oid(content.PE_IMAGE_DATA)), write.sequence(kit.SHA256_ID)),
        image_data(moniker(write.octets(b"x"), oid="1.3.6.1.4.1.311.2.3.3")),
        image_data(moniker(b"\x05\x00")),
        image_data(write.tagged(1, write.octets(content.PAGE_HASH_CLASS))),
        image_data(write.tagged(1, write.octets(content.PAGE_HASH_CLASS), write.octets(b"x"))),
        image_data(b"\x05\x00", b"\x05\x00"),
    ],
)
def test_what_is_no_indirect_data_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        read(data)


def name(data: bytes) -> str:
    return content.program_name(data, der.root(data))


def opus(*parts: bytes) -> bytes:
    return write.sequence(*parts)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (opus(), ""),
        (opus(write.tagged(1, write.primitive(0, b"https://x.invalid/"))), ""),
        (opus(write.tagged(0, write.primitive(0, "Größe".encode("utf-16-be")))), "Größe"),
        (opus(write.tagged(0, write.primitive(1, b"plain"))), "plain"),
        (opus(write.tagged(0, write.primitive(0, b"\xd8\x00"))), "\ufffd"),
        (opus(write.tagged(0, write.primitive(1, b"a\x1b]0;b"))), "a\\u001b]0;b"),
        (opus(write.tagged(0, write.primitive(1, b"x" * 5000))), "x" * 1024),
    ],
)
def test_program_names(data: bytes, expected: str) -> None:
    assert name(data) == expected


def test_what_is_no_opus_info_is_refused() -> None:
    for data in (b"\x05\x00", opus(write.tagged(0)), opus(write.tagged(0, b"\x05\x00", b"\x05\x00"))):
        with pytest.raises(FormatError):
            name(data)


@given(st.data())
def test_a_flipped_byte_is_a_value_or_an_error_by_name(data: st.DataObject) -> None:
    raw = bytearray(image_data(moniker(write.octets(bytes(72)))))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        told = read(bytes(raw))
    except (FormatError, LimitError):
        return
    assert len(told.digest) <= 2 * len(raw)
