"""Every field of a certificate that nobody verifies can be anything: each is asked for, with its benign twin."""

from __future__ import annotations

import random

import pytest
import signature_kit as kit

from unrig.data.roots import microsoft_roots
from unrig.drill.build import _der as write
from unrig.formats import der, x509, x509_odd

PAYLOAD = random.Random(5).randbytes(4096)


def odd(certificate: bytes) -> bytes:
    """Return the content of the largest odd range; empty where nothing is odd."""
    found = x509_odd.largest_odd(x509.parse(certificate))
    return certificate[found.body : found.end] if found else b""


def test_no_root_of_microsoft_is_odd() -> None:
    assert [r for r in microsoft_roots() if x509_odd.largest_odd(x509.parse(r.der))] == []


def test_a_plain_certificate_is_not_odd() -> None:
    assert odd(kit.plain_certificate().der) == b""
    assert odd(kit.raw_certificate()) == b""


@pytest.mark.parametrize(
    "certificate",
    [
        pytest.param(kit.raw_certificate(extensions=(kit.raw_extension("2.999.1", PAYLOAD),)), id="extension"),
        pytest.param(
            kit.raw_certificate(extensions=(kit.raw_extension("2.999.1", write.octets(PAYLOAD)),)), id="wrapped"
        ),
        pytest.param(kit.raw_certificate(extensions=(kit.raw_extension("2.5.29.14", PAYLOAD),)), id="known extension"),
        pytest.param(kit.raw_certificate(key=write.sequence(kit.RSA_ID, b"\x03\x82\x10\x01\0" + PAYLOAD)), id="key"),
        pytest.param(kit.raw_certificate(signature=b"\x03\x82\x10\x01\0" + PAYLOAD), id="signature"),
        pytest.param(kit.raw_certificate(serial=b"\x02\x82\x10\x00" + PAYLOAD), id="serial"),
        pytest.param(
            kit.raw_certificate(algorithm=write.sequence(write.oid("2.999.2"), write.octets(PAYLOAD))), id="algorithm"
        ),
        pytest.param(
            kit.raw_certificate(inner_algorithm=write.sequence(write.oid("2.999.2"), write.octets(PAYLOAD))),
            id="inner algorithm",
        ),
        pytest.param(kit.raw_certificate(identifiers=write.primitive(1, PAYLOAD)), id="issuer identifier"),
        pytest.param(kit.raw_certificate(identifiers=write.primitive(2, PAYLOAD)), id="subject identifier"),
        pytest.param(kit.raw_certificate(version=write.tagged(0, write.octets(PAYLOAD))), id="version"),
        pytest.param(kit.raw_certificate(more=write.octets(PAYLOAD)), id="behind the extensions"),
        pytest.param(kit.raw_certificate(outer_more=write.octets(PAYLOAD)), id="behind the signature"),
        pytest.param(
            kit.raw_certificate(
                subject=write.sequence(write.set_of(write.sequence(write.oid("2.5.4.3"), write.value(0x0C, PAYLOAD))))
            ),
            id="subject",
        ),
    ],
)
def test_a_payload_is_found_in_every_field(certificate: bytes) -> None:
    assert PAYLOAD in odd(certificate)


def test_only_the_bytes_somebody_put_there_are_told() -> None:
    wrapped = kit.raw_certificate(extensions=(kit.raw_extension("2.999.1", write.octets(PAYLOAD)),))
    assert odd(wrapped) == PAYLOAD


def test_a_payload_in_many_small_extensions_is_found() -> None:
    parts = [PAYLOAD[i : i + 256] for i in range(0, len(PAYLOAD), 256)]
    spread = tuple(kit.raw_extension(f"2.999.1.{i}", part) for i, part in enumerate(parts))
    told = odd(kit.raw_certificate(extensions=spread))
    assert all(part in told for part in parts)
    few = odd(kit.raw_certificate(extensions=spread[:4]))
    assert few == b""


def test_a_repeated_extension_is_not_taken_for_what_it_says() -> None:
    repeated = tuple(kit.raw_extension("2.5.29.32", PAYLOAD[:300]) for _ in range(2))
    assert odd(kit.raw_certificate(extensions=repeated[:1])) == b""
    assert odd(kit.raw_certificate(extensions=repeated)) == PAYLOAD[:300]


@pytest.mark.parametrize(("size", "found"), [(256, False), (257, True)])
def test_an_unregistered_extension_may_be_small(size: int, *, found: bool) -> None:
    assert bool(odd(kit.raw_certificate(extensions=(kit.raw_extension("2.999.1", b"a" * size),)))) is found


def test_the_largest_of_several_is_told() -> None:
    certificate = kit.raw_certificate(
        identifiers=write.primitive(1, b"small"), extensions=(kit.raw_extension("2.999.1", PAYLOAD),)
    )
    assert odd(certificate) == PAYLOAD


def test_a_large_key_is_not_odd_but_a_larger_one_of_its_kind_is() -> None:
    def key(oid: str, size: int) -> bytes:
        return write.sequence(write.sequence(write.oid(oid)), write.value(3, bytes(size)))

    assert odd(kit.raw_certificate(key=key("1.2.840.113549.1.1.1", 2060))) == b""
    assert odd(kit.raw_certificate(key=key("1.2.840.10045.2.1", 2060))) != b""
    assert odd(kit.raw_certificate(key=key("2.16.840.1.101.3.4.3.19", 2593))) == b""
    assert odd(kit.raw_certificate(key=b"\x30\x82\x0c\x00" + bytes(0xC00))) != b""


def test_a_lattice_signature_is_long() -> None:
    ml_dsa = write.sequence(write.oid("2.16.840.1.101.3.4.3.19"))
    signature = write.value(3, bytes(4628))
    assert odd(kit.raw_certificate(algorithm=ml_dsa, inner_algorithm=ml_dsa, signature=signature)) == b""
    assert odd(kit.raw_certificate(signature=signature)) != b""


@pytest.mark.parametrize(
    ("data", "inner"),
    [
        (b"\x04\x01A", b"A"),
        (write.octets(write.octets(b"AB")), b"AB"),
        (write.sequence(write.set_of(write.octets(b"ABC"))), b"ABC"),
        (write.sequence(b"\x05\x00", b"\x05\x00"), b"\x05\x00\x05\x00"),
        (write.tagged(0, write.value(0x0C, b"text")), b"text"),
    ],
)
def test_wrappers_of_one_value_are_taken_off(data: bytes, inner: bytes) -> None:
    assert der.content(data, x509_odd.core(data, der.root(data))) == inner


def test_wrappers_without_end_are_left() -> None:
    data = b"x"
    for _ in range(40):
        data = write.octets(data)
    assert x509_odd.core(data, der.root(data)).tag == der.OCTET_STRING
