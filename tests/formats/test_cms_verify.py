from __future__ import annotations

import pytest
import signature_kit as kit
from cryptography import x509 as crypto
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from unrig.drill.build import _der as write
from unrig.formats import cms, cms_verify, der, x509

CONTENT = write.sequence(write.octets(b"content"))
OCTETS = CONTENT[2:]
SPC = "1.3.6.1.4.1.311.2.1.4"


def holder() -> kit.Holder:
    return kit.plain_certificate()


def check(data: bytes, *, content: bytes = OCTETS, kind: str = SPC, by: kit.Holder | None = None) -> str:
    signed = cms.signed_data(data, der.root(data))
    pool = [x509.parse((by or holder()).der)]
    certificate = cms_verify.find_signer(signed.signers[0], pool)
    return cms_verify.check(data, signed.signers[0], certificate, kind, content)


def sign(**how: object) -> bytes:
    return kit.own_signature(holder(), CONTENT, kit.Signing(**how))  # type: ignore[arg-type]


def test_a_signature_over_attributes_holds() -> None:
    assert check(sign()) == ""


def test_a_signature_over_the_content_itself_holds() -> None:
    data = sign(attributes=False)
    assert check(data) == ""
    assert "not that of the key" in check(data, content=b"other")


def test_an_elliptic_signer_holds() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    signer = kit.issue(kit.Wish(name="Curve"), key=key)
    how = kit.Signing(
        algorithm=write.sequence(write.oid("1.2.840.10045.4.3.2")),
        sign=lambda m: key.sign(m, ec.ECDSA(hashes.SHA256())),
    )
    data = kit.own_signature(signer, CONTENT, how)
    assert check(data, by=signer) == ""
    assert "message digest" in check(data, by=signer, content=b"other")


def test_an_md5_signer_is_verified_as_it_signed() -> None:
    key = kit.rsa_key("Plain")
    md5 = write.sequence(write.oid("1.2.840.113549.2.5"), write.NULL)
    data = sign(digest="md5", digest_id=md5, sign=lambda m: key.sign(m, padding.PKCS1v15(), hashes.MD5()))
    assert check(data) == ""


def test_other_content_is_told() -> None:
    assert check(sign(), content=b"other") == "the message digest is not that of the content"


def test_another_content_type_is_told() -> None:
    assert "content type" in check(sign(content_type="2.999.1"))
    assert check(sign(content_type="2.999.1"), kind="") == ""


def test_another_key_is_told() -> None:
    other = kit.rsa_key("other")
    data = sign(sign=lambda m: other.sign(m, padding.PKCS1v15(), hashes.SHA256()))
    assert "not that of the key" in check(data)


def test_changed_attributes_are_told() -> None:
    data = sign(more_signed=(kit.attribute("2.999.1", write.octets(b"before")),))
    assert check(data) == ""
    assert "not that of the key" in check(data.replace(b"before", b"behind"))


def test_an_unknown_digest_is_told() -> None:
    unknown = write.sequence(write.oid("2.999.5"))
    assert "2.999.5" in check(sign(digest_id=unknown))


def test_a_missing_certificate_is_told() -> None:
    stranger = kit.issue(kit.Wish(name="Stranger"))
    assert check(sign(), by=stranger) == "the signer's certificate is not carried"


@pytest.mark.parametrize(
    "more",
    [
        kit.attribute(cms.MESSAGE_DIGEST, write.octets(b"second")),
        kit.attribute(cms.CONTENT_TYPE, write.oid(SPC)),
    ],
)
def test_a_doubled_attribute_does_not_count(more: bytes) -> None:
    assert check(sign(more_signed=(more,))) != ""


def test_a_message_digest_of_another_type_is_told() -> None:
    data = sign()
    digest = cms.single_value(cms.signed_data(data, der.root(data)).signers[0].signed, cms.MESSAGE_DIGEST)
    assert digest is not None
    spoiled = data[: digest.start] + b"\x0c" + data[digest.start + 1 :]
    assert "messageDigest" in check(spoiled)


def test_a_signer_is_found_by_key_identifier() -> None:
    wish = kit.Wish(
        name="Identified",
        extensions=(
            crypto.Extension(
                crypto.SubjectKeyIdentifier.oid,
                False,
                crypto.SubjectKeyIdentifier(b"key id"),
            ),
        ),
    )
    signer = kit.issue(wish)
    data = kit.own_signature(signer, CONTENT, kit.Signing(identifier=write.primitive(0, b"key id")))
    assert check(data, by=signer) == ""
    other = kit.own_signature(signer, CONTENT, kit.Signing(identifier=write.primitive(0, b"no id")))
    assert "not carried" in check(other, by=signer)
    assert "not carried" in check(data, by=holder())


def test_a_malformed_key_identifier_names_nobody() -> None:
    certificate = x509.parse(kit.raw_certificate(extensions=(kit.raw_extension(x509.SUBJECT_KEY_IDENTIFIER, b"\x04"),)))
    data = sign(identifier=write.primitive(0, b"key id"))
    signed = cms.signed_data(data, der.root(data))
    assert cms_verify.find_signer(signed.signers[0], [certificate]) is None


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ((), 0),
        ((kit.attribute(cms.SIGNING_TIME, write.utc_time(kit.moment(2021))),), kit.moment(2021)),
        ((kit.attribute(cms.SIGNING_TIME, write.octets(b"now")),), 0),
        ((kit.attribute(cms.SIGNING_TIME, write.utc_time(5), write.utc_time(6)),), 0),
    ],
)
def test_the_signer_s_own_word_about_the_time(attributes: tuple[bytes, ...], expected: int) -> None:
    data = sign(more_signed=attributes)
    assert cms_verify.signing_time(data, cms.signed_data(data, der.root(data)).signers[0]) == expected
