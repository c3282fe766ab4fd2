from __future__ import annotations

import random

import pytest
import signature_kit as kit
from asn1crypto import cms as asn1_cms
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build import _der as write
from unrig.formats import cms, der
from unrig.model.errors import FormatError, LimitError

PAYLOAD = random.Random(2).randbytes(2048)
CONTENT = write.sequence(write.octets(b"content"))


def holder() -> kit.Holder:
    return kit.plain_certificate()


def plain(**changes: object) -> bytes:
    return kit.own_signature(holder(), CONTENT, kit.Signing(**changes))  # type: ignore[arg-type]


def read(data: bytes) -> cms.SignedData:
    return cms.signed_data(data, der.root(data))


def strays(data: bytes) -> dict[str, bytes]:
    """Return what has no place, by where it was met."""
    signed = read(data)
    found = [*signed.strays, *(s for signer in signed.signers for s in signer.strays)]
    return {s.what: der.content(data, s.where) for s in found}


def frame(
    *,
    version: bytes = b"\x02\x01\x01",
    digests: bytes = b"",
    content: bytes = b"",
    certificates: tuple[bytes, ...] = (),
    lists: bytes = b"",
    signers: bytes = b"\x31\x00",
    more: bytes = b"",
    outer_more: bytes = b"",
) -> bytes:
    """Return a SignedData part by part."""
    info = content or write.sequence(write.oid("2.999.1"), write.tagged(0, CONTENT))
    body = write.sequence(
        version, digests or write.set_of(kit.SHA256_ID), info, write.tagged(0, *certificates), lists, signers, more
    )
    return write.sequence(write.oid(cms.SIGNED_DATA), write.tagged(0, body), outer_more)


def test_a_signature_is_read_as_the_oracle_reads_it() -> None:
    data = kit.signature_of(kit.signed_file())
    oracle = asn1_cms.ContentInfo.load(data)["content"]
    signed = read(data)
    assert signed.content_type == oracle["encap_content_info"]["content_type"].dotted
    assert [der.whole(data, c) for c in signed.certificates] == [c.dump() for c in oracle["certificates"]]
    signer, expected = signed.signers[0], oracle["signer_infos"][0]
    assert signer.serial == expected["sid"].chosen["serial_number"].native
    assert signer.issuer == expected["sid"].chosen["issuer"].dump()
    assert signer.signature == expected["signature"].native
    assert [a.oid for a in signer.signed] == [a["type"].dotted for a in expected["signed_attrs"]]
    assert [a.oid for a in signer.unsigned] == [a["type"].dotted for a in expected["unsigned_attrs"]]
    assert signer.signed_der == expected["signed_attrs"].untag().dump()
    assert strays(data) == {}


def test_what_tools_write_has_no_strays() -> None:
    assert strays(plain()) == {}
    assert strays(kit.token(holder(), b"signature", 0)) == {}


def test_offsets_are_those_of_the_file() -> None:
    data = kit.signed_file()
    offset, _ = kit.table_range(data)
    signed = cms.signed_data(data, der.read(data, offset + 8, len(data)))
    der_value = kit.signature_of(data)
    assert signed.where.start == offset + 8
    assert data[signed.where.start : signed.where.end] == der_value
    assert data[signed.certificates[0].start :][:2] == b"\x30\x82"


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (frame(version=write.value(2, PAYLOAD)), "version"),
        (frame(more=write.octets(PAYLOAD)), "SignedData"),
        (frame(outer_more=write.octets(PAYLOAD)), "ContentInfo"),
        (frame(certificates=(write.tagged(3, PAYLOAD),)), "certificates"),
        (frame(certificates=(write.octets(PAYLOAD),)), "certificates"),
        (frame(lists=write.tagged(1, write.tagged(1, PAYLOAD))), "crls"),
        (frame(digests=write.set_of(write.octets(PAYLOAD))), "digestAlgorithms"),
        (frame(digests=write.set_of(write.sequence(write.oid("2.999.1"), write.octets(PAYLOAD)))), "digestAlgorithms"),
        (
            frame(digests=write.set_of(write.sequence(write.oid("1.3.14.3.2.26"), write.octets(PAYLOAD)))),
            "digestAlgorithms: parameters",
        ),
        (frame(content=write.sequence(write.oid("2.999.1"), write.octets(PAYLOAD))), "contentInfo"),
        (
            frame(content=write.sequence(write.oid("2.999.1"), write.tagged(0, CONTENT, write.octets(PAYLOAD)))),
            "content",
        ),
        (
            plain(algorithm=write.sequence(write.oid("1.2.840.113549.1.1.1"), write.octets(PAYLOAD))),
            "SignerInfo signatureAlgorithm: parameters",
        ),
        (
            plain(digest_id=write.sequence(write.oid("2.16.840.1.101.3.4.2.1"), write.octets(PAYLOAD))),
            "SignerInfo digestAlgorithm: parameters",
        ),
        (
            plain(identifier=write.sequence(b"\x30\x00", write.integer(1), write.octets(PAYLOAD))),
            "IssuerAndSerialNumber",
        ),
    ],
)
def test_a_payload_in_any_unsigned_corner_is_a_stray(data: bytes, where: str) -> None:
    assert PAYLOAD in strays(data)[where]


def test_a_payload_in_repeated_digest_algorithms_is_found() -> None:
    twice = frame(digests=write.value(0x31, kit.SHA256_ID, kit.SHA256_ID))
    assert list(strays(twice)) == ["digestAlgorithms"]


def test_the_version_and_the_tail_of_a_signer_are_accounted_for() -> None:
    signer = kit.signer_info(holder(), b"content", kit.Signing())
    inner = signer[4:]
    for changed, where in (
        (write.sequence(inner, write.octets(PAYLOAD)), "SignerInfo"),
        (write.sequence(write.value(2, PAYLOAD), inner[3:]), "SignerInfo version"),
    ):
        assert PAYLOAD in strays(frame(signers=write.set_of(changed)))[where]


def attribute_certificate(content: bytes, *, more: bytes = b"") -> bytes:
    return write.tagged(1, write.sequence(content), kit.SHA256_WITH_RSA, b"\x03\x03\x00ab", more)


def test_the_small_attribute_certificate_of_a_time_stamp_is_no_stray() -> None:
    small = attribute_certificate(write.octets(bytes(900)))
    assert strays(frame(certificates=(small, small))) == {}
    assert list(strays(frame(certificates=(small, small, small)))) == ["certificates"]


@pytest.mark.parametrize(
    "other",
    [
        attribute_certificate(write.octets(PAYLOAD)),
        attribute_certificate(write.octets(b""), more=write.octets(b"x")),
        write.tagged(1, write.octets(b"x")),
        write.tagged(1, b"\x30\x00", b"\x30\x00", b"\x03\x00"),
        write.tagged(4, b"\x30\x00", kit.SHA256_ID, b"\x03\x01\x00"),
    ],
)
def test_what_only_looks_like_an_attribute_certificate_is_a_stray(other: bytes) -> None:
    assert list(strays(frame(certificates=(other,)))) == ["certificates"]


def test_signers_beyond_the_limit_are_strays() -> None:
    signer = kit.signer_info(holder(), b"content", kit.Signing())
    signed = read(frame(signers=write.value(0x31, signer * (cms.MOST_SIGNERS + 1))))
    assert len(signed.signers) == cms.MOST_SIGNERS
    assert [s.what for s in signed.strays] == ["signerInfos"]


def test_detached_and_empty_content() -> None:
    assert read(frame(content=write.sequence(write.oid("2.999.1")))).content is None
    assert read(frame(content=write.sequence(write.oid("2.999.1"), write.tagged(0)))).content is None


def test_a_signer_named_by_key_identifier() -> None:
    signer = read(plain(identifier=write.primitive(0, b"key id"))).signers[0]
    assert (signer.key_identifier, signer.issuer, signer.serial) == (b"key id", b"", 0)


def test_a_signer_without_attributes() -> None:
    signer = read(plain(attributes=False)).signers[0]
    assert (signer.signed, signer.unsigned, signer.signed_der) == ((), (), b"")


@pytest.mark.parametrize(
    "spoiled",
    [
        write.octets(b"no sequence"),
        write.sequence(write.octets(b"no OID"), write.set_of()),
        write.sequence(write.oid("2.999.1"), write.octets(b"no set")),
        write.sequence(write.oid("2.999.1")),
    ],
)
def test_a_malformed_attribute_does_not_hide_the_others(spoiled: bytes) -> None:
    good = kit.attribute("2.999.2", write.octets(b"x"))
    signer = read(plain(more_unsigned=(spoiled, good))).signers[0]
    assert [a.oid for a in signer.unsigned] == ["", "2.999.2"]
    assert signer.unsigned[0].values == ()


def test_an_attribute_with_more_than_its_values_is_known_for_it() -> None:
    odd = write.sequence(write.oid(cms.SIGNING_TIME), write.set_of(b"\x05\x00"), write.octets(PAYLOAD))
    (found,) = read(plain(more_unsigned=(odd,))).signers[0].unsigned
    assert (found.oid, found.values) == (cms.SIGNING_TIME, ())


def test_a_single_value_is_of_one_attribute_with_one_value() -> None:
    once = kit.attribute("2.999.1", write.octets(b"a"))
    twice = kit.attribute("2.999.2", write.octets(b"a"), write.octets(b"b"))
    signer = read(plain(more_unsigned=(once, twice, kit.attribute("2.999.3", b"\x05\x00"), once))).signers[0]
    assert cms.single_value(signer.unsigned, "2.999.1") is None
    assert cms.single_value(signer.unsigned, "2.999.2") is None
    assert cms.single_value(signer.unsigned, "2.999.3") is not None
    assert cms.single_value(signer.unsigned, "2.999.4") is None


@pytest.mark.parametrize(
    "data",
    [
        b"\x30\x00",
        b"\x04\x00",
        write.sequence(write.oid("1.2.840.113549.1.7.1"), write.tagged(0, write.octets(b"x"))),
        write.sequence(write.oid(cms.SIGNED_DATA)),
        write.sequence(write.oid(cms.SIGNED_DATA), write.tagged(0)),
        frame(signers=b"\x05\x00"),
        frame(signers=write.set_of(b"\x30\x00")),
        frame(digests=b"\x05\x00"),
        frame(content=b"\x05\x00"),
        b"\x30\x80" + frame()[4:] + b"\0\0",
    ],
)
def test_what_is_no_signed_data_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        read(data)


@settings(max_examples=200)
@given(st.data())
def test_a_flipped_byte_is_a_read_or_an_error_by_name(data: st.DataObject) -> None:
    raw = bytearray(kit.signature_of(kit.signed_file()))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        signed = read(bytes(raw))
    except (FormatError, LimitError):
        return
    assert all(0 <= s.where.start <= s.where.end <= len(raw) for s in signed.strays)
