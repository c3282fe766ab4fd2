from __future__ import annotations

import hashlib

import pytest
import signature_kit as kit
from cryptography import x509 as crypto
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from unrig.data.roots import microsoft_roots
from unrig.drill.build import _der as write
from unrig.formats import x509
from unrig.model.errors import FormatError, LimitError


def wide_holder() -> kit.Holder:
    wish = kit.Wish(name="Wide, + name", usages=(kit.CODE, kit.CLIENT), years=(1999, 2060), serial=2**150 + 1)
    return kit.issue(wish, kit.plain_certificate(), ec.generate_private_key(ec.SECP384R1()))


def test_a_certificate_says_what_the_oracle_reads() -> None:
    holder = wide_holder()
    oracle = holder.certificate
    parsed = x509.parse(holder.der)
    spki = oracle.public_key().public_bytes(kit.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert parsed.serial == oracle.serial_number
    assert parsed.subject == oracle.subject.public_bytes()
    assert parsed.issuer == oracle.issuer.public_bytes()
    assert parsed.not_before == kit.moment(1999)
    assert parsed.not_after == kit.moment(2060)
    assert parsed.sha256 == hashlib.sha256(holder.der).hexdigest()
    assert parsed.spki_der == spki
    assert parsed.spki_sha256 == hashlib.sha256(spki).hexdigest()
    assert parsed.subject_text == "CN=Wide\\, \\+ name, O=Unrig Test Lab"
    assert x509.usages(parsed) == ("code_signing", "client_auth")
    assert not parsed.self_issued
    assert parsed.strays == ()


@pytest.mark.filterwarnings("ignore")  # some roots have what RFC 5280 forbids, and the oracle says so
def test_every_root_of_microsoft_reads_as_the_oracle_does() -> None:
    differ = []
    for root in microsoft_roots():
        parsed, oracle = x509.parse(root.der), crypto.load_der_x509_certificate(root.der)
        told = (parsed.serial, parsed.subject, parsed.not_before, parsed.not_after)
        expected = (
            oracle.serial_number,
            oracle.subject.public_bytes(),
            int(oracle.not_valid_before_utc.timestamp()),
            int(oracle.not_valid_after_utc.timestamp()),
        )
        if told != expected or x509.subject_of(root.der) != parsed.subject:
            differ.append(parsed.subject_text)
    assert differ == []


def test_the_same_bytes_are_parsed_once() -> None:
    der = kit.plain_certificate().der
    assert x509.parse(der) is x509.parse(bytes(bytearray(der)))


def test_a_huge_certificate_is_not_held() -> None:
    extension = kit.raw_extension("2.999.7", bytes(x509.LARGEST_KEPT))
    der = kit.raw_certificate(extensions=(extension,))
    assert x509.parse(der) is not x509.parse(der)


@pytest.mark.parametrize("version", [b"", b"\xa0\x03\x02\x01\x00", b"\xa0\x03\x02\x01\x02"])
def test_every_version_is_read(version: bytes) -> None:
    der = kit.raw_certificate(version=version)
    assert x509.parse(der).subject == x509.subject_of(der)


def test_a_negative_serial_is_read() -> None:
    assert x509.parse(kit.raw_certificate(serial=b"\x02\x01\xff")).serial == -1


def test_members_without_a_place_are_strays() -> None:
    der = kit.raw_certificate(
        version=write.tagged(0, write.octets(b"version")),
        identifiers=write.primitive(1, b"issuer id") + write.tagged(2, write.octets(b"subject id")),
        validity=write.sequence(write.utc_time(0), write.utc_time(0), write.octets(b"validity")),
        more=write.octets(b"after extensions"),
        outer_more=write.octets(b"after signature"),
    )
    parsed = x509.parse(der)
    told = b" ".join(der[e.start : e.end] for e in parsed.strays)
    for word in (b"version", b"issuer id", b"subject id", b"validity", b"after extensions", b"after signature"):
        assert word in told


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"\x30\x00",
        kit.plain_certificate().der + b"\0",
        kit.plain_certificate().der[:-1],
        kit.raw_certificate(subject=b"\x04\x01A"),
        kit.raw_certificate(subject=write.sequence(b"\x05\x00")),
        kit.raw_certificate(validity=write.sequence(write.octets(b"x"), write.utc_time(0))),
        kit.raw_certificate(serial=b"\x05\x00"),
        kit.raw_certificate(signature=b"\x04\x01A"),
        kit.raw_certificate(extensions=(kit.raw_extension("2.5.29.19", b"", write.octets(b"no Boolean")),)),
        kit.raw_certificate(extensions=(kit.raw_extension("2.5.29.19", b"", b"\x01\x04long"),)),
        kit.raw_certificate(extensions=(write.sequence(write.oid("2.5.29.19"), write.octets(b""), b"\x05\x00"),)),
    ],
)
def test_what_is_no_certificate_is_refused(der: bytes) -> None:
    with pytest.raises(FormatError):
        x509.parse(der)


def test_a_root_index_refuses_what_is_no_certificate() -> None:
    for der in (b"", b"\x30\x02\x30\x00", b"\x30\x04\x30\x02\x02\x00"):
        with pytest.raises(FormatError):
            x509.subject_of(der)


def test_usages_that_are_malformed_are_refused() -> None:
    for content in (b"", write.octets(b"x"), write.sequence(write.octets(b"x"))):
        parsed = x509.parse(kit.raw_certificate(extensions=(kit.raw_extension(x509.EXTENDED_KEY_USAGE, content),)))
        with pytest.raises(FormatError):
            x509.usages(parsed)


def test_unregistered_usages_are_told_by_number() -> None:
    content = write.sequence(write.oid("2.999.1"), write.oid("2.5.29.37.0"))
    parsed = x509.parse(kit.raw_certificate(extensions=(kit.raw_extension(x509.EXTENDED_KEY_USAGE, content),)))
    assert x509.usages(parsed) == ("2.999.1", "any")


def test_who_may_issue() -> None:
    authority = x509.authority(x509.parse(kit.issue(kit.Wish(name="CA", authority=True, path_length=1)).der))
    assert authority == x509.Authority(is_ca=True, longest_path=1, signs_certificates=True, signs_lists=True)
    leaf = x509.authority(x509.parse(kit.plain_certificate().der))
    assert leaf == x509.Authority(is_ca=False, longest_path=None, signs_certificates=True, signs_lists=True)
    barred = kit.Wish(name="CA", authority=True, signs_certificates=False, signs_lists=False)
    told = x509.authority(x509.parse(kit.issue(barred).der))
    assert (told.signs_certificates, told.signs_lists) == (False, False)


def test_a_certificate_without_extensions_is_no_authority() -> None:
    told = x509.authority(x509.parse(kit.raw_certificate()))
    assert (told.is_ca, told.signs_certificates) == (False, True)


def test_a_key_usage_without_bits_allows_nothing() -> None:
    extension = kit.raw_extension(x509.KEY_USAGE, b"\x03\x01\x00")
    told = x509.authority(x509.parse(kit.raw_certificate(extensions=(extension,))))
    assert (told.signs_certificates, told.signs_lists) == (False, False)


def test_the_head_of_a_crl_says_who_signed_it() -> None:
    issuer = kit.plain_certificate()
    encoded = kit.revocation_list(issuer, {7: kit.moment(2022)})
    oracle = crypto.load_der_x509_crl(encoded)
    parsed = x509.parse_list(encoded)
    assert parsed.issuer == issuer.certificate.subject.public_bytes()
    assert parsed.issuer_text == "CN=Plain, O=Unrig Test Lab"
    assert parsed.signature == oracle.signature
    assert parsed.tbs == oracle.tbs_certlist_bytes
    assert parsed.algorithm.oid == oracle.signature_algorithm_oid.dotted_string


@pytest.mark.parametrize("der", [b"", b"\x30\x00", kit.plain_certificate().der, b"\x30\x02\x30\x00"])
def test_what_is_no_crl_is_refused(der: bytes) -> None:
    with pytest.raises(FormatError):
        x509.parse_list(der)


@given(st.data())
def test_a_flipped_byte_is_a_certificate_or_a_format_error(data: st.DataObject) -> None:
    der = bytearray(kit.plain_certificate().der)
    for _ in range(data.draw(st.integers(1, 3))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    try:
        parsed = x509.parse(bytes(der))
        x509.usages(parsed)
        x509.authority(parsed)
    except (FormatError, LimitError):
        return
    assert parsed.encoded == bytes(der)
