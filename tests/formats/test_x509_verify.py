from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache

import pytest
import signature_kit as kit
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, x25519

from unrig.drill.build import _der as write
from unrig.formats import der, x509, x509_verify
from unrig.formats.x509_verify import verify
from unrig.model.errors import FormatError

MESSAGE = b"what was signed"
SHA512_ID = write.sequence(write.oid("2.16.840.1.101.3.4.2.3"))
HASHES = {
    "md5": hashes.MD5(),
    "sha1": hashes.SHA1(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


def spki(key: object) -> bytes:
    return key.public_key().public_bytes(kit.DER, serialization.PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]


def algorithm(oid: str, parameters: bytes = b"") -> x509.Algorithm:
    data = write.sequence(write.oid(oid), parameters)
    return x509.algorithm(data, der.root(data))


@cache
def dsa_key() -> dsa.DSAPrivateKey:
    return dsa.generate_private_key(1024)


RSA, EC = "1.2.840.113549.1.1.1", "1.2.840.10045.2.1"


@pytest.mark.parametrize(
    ("oid", "name"),
    [
        (RSA, "md5"),
        (RSA, "sha1"),
        (RSA, "sha256"),
        ("1.2.840.113549.1.1.4", "md5"),
        ("1.2.840.113549.1.1.5", "sha1"),
        ("1.3.14.3.2.29", "sha1"),
        ("1.2.840.113549.1.1.11", "sha256"),
        ("1.2.840.113549.1.1.12", "sha384"),
        ("1.2.840.113549.1.1.13", "sha512"),
    ],
)
def test_rsa(oid: str, name: str) -> None:
    key = kit.rsa_key("rsa")
    signature = key.sign(MESSAGE, padding.PKCS1v15(), HASHES[name])
    assert verify(spki(key), algorithm(oid, write.NULL), name, signature, MESSAGE) == ""
    assert "not that of the key" in verify(spki(key), algorithm(oid), name, signature, MESSAGE + b"!")
    assert "not that of the key" in verify(spki(kit.rsa_key("other")), algorithm(oid), name, signature, MESSAGE)


def test_an_algorithm_that_names_its_digest_wins_over_the_signer_s() -> None:
    key = kit.rsa_key("rsa")
    signature = key.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256())
    assert verify(spki(key), algorithm("1.2.840.113549.1.1.11"), "sha1", signature, MESSAGE) == ""
    assert verify(spki(key), algorithm(RSA), "sha1", signature, MESSAGE) != ""


@pytest.mark.parametrize(
    ("oid", "name"), [(EC, "sha256"), ("1.2.840.10045.4.3.2", "sha256"), ("1.2.840.10045.4.3.4", "sha512")]
)
@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP521R1()])
def test_ecdsa(oid: str, name: str, curve: ec.EllipticCurve) -> None:
    key = ec.generate_private_key(curve)
    signature = key.sign(MESSAGE, ec.ECDSA(HASHES[name]))
    assert verify(spki(key), algorithm(oid), name, signature, MESSAGE) == ""
    assert verify(spki(key), algorithm(oid), name, signature, b"") != ""
    assert verify(spki(key), algorithm(oid), name, b"no DER", MESSAGE) != ""


def test_dsa() -> None:
    signature = dsa_key().sign(MESSAGE, hashes.SHA1())
    for oid in ("1.2.840.10040.4.1", "1.2.840.10040.4.3"):
        assert verify(spki(dsa_key()), algorithm(oid), "sha1", signature, MESSAGE) == ""
        assert verify(spki(dsa_key()), algorithm(oid), "sha1", signature, b"") != ""


@pytest.mark.parametrize(
    ("make", "oid"), [(ed25519.Ed25519PrivateKey, "1.3.101.112"), (ed448.Ed448PrivateKey, "1.3.101.113")]
)
def test_edwards_curves_sign_the_message_itself(make: type[ed25519.Ed25519PrivateKey], oid: str) -> None:
    key = make.generate()
    signature = key.sign(MESSAGE)
    assert verify(spki(key), algorithm(oid), "sha512", signature, MESSAGE) == ""
    assert verify(spki(key), algorithm(oid), "sha512", signature, b"") != ""
    assert "does not fit" in verify(spki(key), algorithm(RSA), "sha512", signature, MESSAGE)


def pss(digest: bytes = b"", mask: bytes = b"", salt: bytes = b"") -> x509.Algorithm:
    return algorithm(x509_verify.PSS, write.sequence(digest, mask, salt))


SHA512_TAG = write.tagged(0, SHA512_ID)
MGF_SHA512 = write.tagged(1, write.sequence(write.oid(x509_verify.MGF1), SHA512_ID))


@pytest.mark.parametrize(
    ("told", "digest", "mask", "salt"),
    [
        (algorithm(x509_verify.PSS), hashes.SHA1(), hashes.SHA1(), 20),
        (pss(), hashes.SHA1(), hashes.SHA1(), 20),
        (pss(SHA512_TAG, MGF_SHA512, write.tagged(2, write.integer(64))), hashes.SHA512(), hashes.SHA512(), 64),
        (pss(SHA512_TAG, b"", write.tagged(2, write.integer(0))), hashes.SHA512(), hashes.SHA1(), 0),
    ],
)
def test_pss(told: x509.Algorithm, digest: hashes.HashAlgorithm, mask: hashes.HashAlgorithm, salt: int) -> None:
    key = kit.rsa_key("rsa")
    signature = key.sign(MESSAGE, padding.PSS(mgf=padding.MGF1(mask), salt_length=salt), digest)
    assert verify(spki(key), told, "sha256", signature, MESSAGE) == ""
    assert verify(spki(key), told, "sha256", signature, b"") != ""


@pytest.mark.parametrize(
    "parameters",
    [
        write.NULL,
        write.sequence(write.tagged(0, write.sequence(write.oid("2.999.1")))),
        write.sequence(write.tagged(0)),
        write.sequence(write.tagged(1, write.sequence(write.oid("2.999.1"), SHA512_ID))),
        write.sequence(write.tagged(2, write.integer(10**6))),
        write.sequence(write.tagged(2, b"\x02\x01\xff")),
        b"\x30\x84\xff\xff\xff\xff",
    ],
)
def test_malformed_pss_parameters_are_a_reason(parameters: bytes) -> None:
    told = x509.Algorithm(oid=x509_verify.PSS, parameters=parameters, where=der.root(b"\x30\x00"))
    assert verify(spki(kit.rsa_key("rsa")), told, "sha256", bytes(256), MESSAGE) != ""


def test_an_algorithm_of_another_key_is_a_reason() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    assert "not supported" in verify(spki(key), pss(), "sha256", b"", MESSAGE)
    assert "not supported" in verify(spki(key), algorithm("2.999.1"), "sha256", b"", MESSAGE)
    assert "not supported" in verify(spki(key), algorithm(EC), "2.999.2", b"", MESSAGE)


def test_keys_that_cannot_be_used_are_a_reason() -> None:
    assert "cannot be read" in verify(b"\x30\x00", algorithm(RSA), "sha256", b"", MESSAGE)
    assert "bytes" in verify(bytes(5000), algorithm(RSA), "sha256", b"", MESSAGE)
    agreement = spki(x25519.X25519PrivateKey.generate())
    assert "does not sign" in verify(agreement, algorithm(RSA), "sha256", b"", MESSAGE)


@pytest.mark.parametrize("name", list(HASHES))
def test_digests(name: str) -> None:
    assert x509_verify.digest(name, MESSAGE) == hashlib.new(name, MESSAGE).digest()


def test_a_digest_nobody_signs_with_is_refused() -> None:
    with pytest.raises(FormatError, match=r"2\.999"):
        x509_verify.digest("2.999", MESSAGE)


def test_digest_names() -> None:
    assert x509_verify.digest_name(algorithm("1.3.14.3.2.26")) == "sha1"
    assert x509_verify.digest_name(algorithm("1.2.840.113549.1.1.11")) == "sha256"
    assert x509_verify.digest_name(algorithm("2.999.4")) == "2.999.4"


def parsed(holder: kit.Holder) -> x509.Parsed:
    return x509.parse(holder.der)


def test_who_issued_a_certificate_needs_name_and_key() -> None:
    root = kit.issue(kit.Wish(name="Root", authority=True))
    same_name = kit.issue(kit.Wish(name="Root", authority=True), key=kit.rsa_key("another"))
    same_key = kit.issue(kit.Wish(name="Another", authority=True), key=kit.rsa_key("Root"))
    leaf = kit.issue(kit.Wish(name="Leaf"), root)
    pool = [parsed(h) for h in (leaf, same_name, same_key, root, root)]
    assert [c.sha256 for c in x509_verify.issuers(parsed(leaf), pool)] == [root.sha256]
    assert x509_verify.issued_by(parsed(root), parsed(root))
    assert not x509_verify.issued_by(parsed(leaf), parsed(leaf))


def test_a_crowd_of_namesakes_costs_a_few_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    root = kit.issue(kit.Wish(name="Root", authority=True))
    leaf = parsed(kit.issue(kit.Wish(name="Leaf"), root))
    crowd = [parsed(kit.issue(kit.Wish(name="Root"), key=kit.rsa_key("another"))) for _ in range(20)]
    tried: list[str] = []
    ask: Callable[[x509.Parsed, x509.Parsed], bool] = x509_verify.issued_by

    def counted(child: x509.Parsed, issuer: x509.Parsed) -> bool:
        tried.append(issuer.sha256)
        return ask(child, issuer)

    monkeypatch.setattr(x509_verify, "issued_by", counted)
    assert x509_verify.issuers(leaf, crowd) == []
    assert len(tried) == x509_verify.MOST_NAMESAKES


def test_a_signature_that_is_no_bit_string_issues_nothing() -> None:
    certificate = x509.parse(kit.raw_certificate(signature=b"\x03\x01\x09"))
    assert not x509_verify.issued_by(certificate, certificate)
