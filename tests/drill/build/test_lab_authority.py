"""The lab's certificates, judged by cryptography's own verifier and by what they must say."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build import lab_authority as lab
from unrig.drill.build.payload import MARKER, Kind, PayloadSpec

STANDINGS = st.sampled_from(lab.Standing)


def usages(certificate: x509.Certificate) -> list[x509.ObjectIdentifier]:
    return list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


def test_root_signs_itself_and_may_sign_others() -> None:
    (der,) = lab.lab_roots()
    root = x509.load_der_x509_certificate(der)
    root.verify_directly_issued_by(root)
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert root.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign


def test_roots_do_not_change() -> None:
    assert lab.lab_roots() == lab.lab_roots()


@pytest.mark.parametrize("publisher", lab.PUBLISHERS)
def test_publishers_chain_to_the_root(publisher: str) -> None:
    leaf = x509.load_der_x509_certificate(lab.publisher_certificate(publisher))
    authority = lab._authority().certificate
    leaf.verify_directly_issued_by(authority)
    authority.verify_directly_issued_by(lab._root().certificate)
    assert usages(leaf) == [ExtendedKeyUsageOID.CODE_SIGNING]
    assert [name.value for name in leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)] == [publisher]


def test_publishers_have_keys_of_their_own() -> None:
    numbers = [lab._publisher(name, lab.Standing.GOOD).key.private_numbers().p for name in lab.PUBLISHERS[:3]]
    assert len(set(numbers)) == 3


def test_standings_share_subject_and_until_renewed_the_key_but_no_serial_number() -> None:
    all_of_them = [lab._publisher(lab.PUBLISHERS[0], standing).certificate for standing in lab.Standing]
    assert len({certificate.subject for certificate in all_of_them}) == 1
    keys = [certificate.public_key().public_numbers().n for certificate in all_of_them]
    assert len(set(keys)) == 2
    assert [s for s, n in zip(lab.Standing, keys, strict=True) if n != keys[0]] == [lab.Standing.RENEWED]
    assert len({certificate.serial_number for certificate in all_of_them}) == len(lab.Standing)


def test_expired() -> None:
    certificate = lab._publisher(lab.PUBLISHERS[0], lab.Standing.EXPIRED).certificate
    assert (certificate.not_valid_before_utc.year, certificate.not_valid_after_utc.year) == (2012, 2015)


def test_wrong_usage() -> None:
    certificate = lab._publisher(lab.PUBLISHERS[0], lab.Standing.WRONG_USAGE).certificate
    assert usages(certificate) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_self_issued_brings_its_own_root() -> None:
    holder = lab._publisher(lab.PUBLISHERS[0], lab.Standing.SELF_ISSUED)
    (root,) = holder.above
    holder.certificate.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)
    assert holder.chain()[1] not in lab.lab_roots()


def test_time_stamper_has_one_critical_usage() -> None:
    certificate = lab._time_stamper().certificate
    extension = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert extension.critical
    assert list(extension.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def test_the_crl_names_the_revoked_and_no_other() -> None:
    (der,) = lab.lab_crls()
    crl = x509.load_der_x509_crl(der)
    authority = lab._authority()
    assert crl.issuer == authority.certificate.subject
    assert crl.is_signature_valid(authority.key.public_key())
    for name in lab.PUBLISHERS:
        for standing in lab.Standing:
            serial = lab._publisher(name, standing).certificate.serial_number
            listed = crl.get_revoked_certificate_by_serial_number(serial) is not None
            assert listed == (standing is lab.Standing.REVOKED)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 9), st.integers(1, 5_000), st.sampled_from([Kind.RANDOM, Kind.ASCII]))
def test_a_spare_certificate_carries_the_payload_and_is_in_no_chain(seed: int, size: int, kind: Kind) -> None:
    der = lab._spare_certificate(seed, PayloadSpec(size=size, kind=kind), "Spare")
    certificate = x509.load_der_x509_certificate(der)
    certificate.verify_directly_issued_by(certificate)
    extra = certificate.extensions.get_extension_for_oid(x509.ObjectIdentifier("2.999.1")).value
    assert isinstance(extra, x509.UnrecognizedExtension)
    assert len(extra.value) == size
    assert extra.value.startswith(MARKER) == (size >= len(MARKER))
    assert certificate.subject != lab._root().certificate.subject


def test_a_spare_crl_carries_the_payload_and_revokes_nothing() -> None:
    crl = x509.load_der_x509_crl(lab._spare_crl(4, PayloadSpec(size=700)))
    assert len(crl) == 0
    extra = crl.extensions.get_extension_for_oid(x509.ObjectIdentifier("2.999.1")).value
    assert isinstance(extra, x509.UnrecognizedExtension)
    assert extra.value.startswith(MARKER)
    assert len(extra.value) == 700


@settings(max_examples=10, deadline=None)
@given(st.text(max_size=30).filter(lambda name: name not in lab.PUBLISHERS), STANDINGS)
def test_no_other_name_is_certified(name: str, standing: lab.Standing) -> None:
    with pytest.raises(ValueError, match="drills sign for"):
        lab.publisher_certificate(name, standing)
