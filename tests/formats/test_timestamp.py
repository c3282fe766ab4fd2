from __future__ import annotations

import hashlib

import pytest
import signature_kit as kit
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build import _der as write
from unrig.formats import cms, der, timestamp, x509
from unrig.model.errors import FormatError, LimitError

SIGNATURE = b"the outer signature value"
AT = kit.moment(2023, 3, 2)
TOKEN = timestamp.TST_INFO


def authority() -> kit.Holder:
    return kit.issue(kit.Wish(name="Clock", usages=(kit.TIME,)))


CLOCK = authority()


def certificates(signed: cms.SignedData, data: bytes) -> list[x509.Parsed]:
    return [x509.parse(der.whole(data, c)) for c in signed.certificates]


def token(data: bytes, outer: tuple[bytes, ...] = ()) -> timestamp.Stamp:
    pool = [x509.parse(c) for c in outer]
    return timestamp.token(data, der.root(data), SIGNATURE, pool, lambda signed: certificates(signed, data))


def legacy(data: bytes, outer: tuple[bytes, ...] = (CLOCK.der,)) -> timestamp.Stamp:
    return timestamp.legacy(data, der.root(data), SIGNATURE, [x509.parse(c) for c in outer])


def counter(at: bytes = write.utc_time(AT), over: bytes = SIGNATURE, kind: str = "1.2.840.113549.1.7.1") -> bytes:
    more = (kit.attribute(cms.SIGNING_TIME, at),) if at else ()
    return kit.signer_info(CLOCK, over, kit.Signing(content_type=kind, more_signed=more))


def tst_info(
    imprint: bytes = hashlib.sha256(SIGNATURE).digest(), algorithm: bytes = kit.SHA256_ID, at: bytes = b""
) -> bytes:
    return write.sequence(
        write.integer(1),
        write.oid("2.999.8"),
        write.sequence(algorithm, write.octets(imprint)),
        write.integer(5),
        at or write.generalized_time(AT),
        write.sequence(write.integer(1)),
    )


def test_a_token_over_the_signature_is_verified() -> None:
    stamp = token(kit.token(CLOCK, SIGNATURE, AT))
    assert (stamp.kind, stamp.at, stamp.failure) == ("rfc3161", AT, "")
    assert stamp.certificate is not None
    assert stamp.certificate.sha256 == CLOCK.sha256


def test_a_token_of_another_signature_is_not() -> None:
    assert token(kit.token(CLOCK, b"another", AT)).failure == "the imprint is not that of the signature"


@pytest.mark.parametrize("algorithm", ["1.2.840.113549.2.5", "1.3.14.3.2.26", "2.16.840.1.101.3.4.2.3"])
def test_an_imprint_of_any_digest(algorithm: str) -> None:
    name = {"1.2.840.113549.2.5": "md5", "1.3.14.3.2.26": "sha1"}.get(algorithm, "sha512")
    info = tst_info(hashlib.new(name, SIGNATURE).digest(), write.sequence(write.oid(algorithm)))
    assert token(kit.token(CLOCK, SIGNATURE, AT, info=info)).failure == ""


def test_an_imprint_of_an_unknown_digest_is_told() -> None:
    info = tst_info(algorithm=write.sequence(write.oid("2.999.5")))
    assert "2.999.5" in token(kit.token(CLOCK, SIGNATURE, AT, info=info)).failure


def test_a_token_changed_after_signing_is_not_verified() -> None:
    data = kit.token(CLOCK, SIGNATURE, AT)
    later = write.generalized_time(AT)[2:].replace(b"2023", b"2013")
    changed = data.replace(write.generalized_time(AT)[2:], later)
    stamp = token(changed)
    assert stamp.at == kit.moment(2013, 3, 2)
    assert "message digest" in stamp.failure


def test_a_token_must_sign_attributes() -> None:
    how = kit.Signing(content_type=TOKEN, attributes=False)
    assert "no signed attributes" in token(kit.token(CLOCK, SIGNATURE, AT, how=how)).failure


def test_the_authority_s_certificate_may_stand_outside_the_token() -> None:
    info = tst_info()
    without = kit.signed_data(
        write.sequence(write.oid(TOKEN), write.tagged(0, write.octets(info))),
        (),
        kit.signer_info(CLOCK, info, kit.Signing(content_type=TOKEN)),
    )
    assert token(without).failure == "the signer's certificate is not carried"
    assert token(without, (CLOCK.der,)).failure == ""


def test_unsigned_attributes_of_the_authority_are_told() -> None:
    extra = kit.attribute("2.999.1", write.octets(b"nobody signs this"))
    how = kit.Signing(content_type=TOKEN, more_unsigned=(extra,))
    stamp = token(kit.token(CLOCK, SIGNATURE, AT, how=how))
    assert [a.oid for a in stamp.unsigned] == ["2.999.1"]
    assert stamp.failure == ""


@pytest.mark.parametrize(
    "data",
    [
        b"\x30\x00",
        kit.own_signature(CLOCK, write.octets(b"x")),
        kit.token(CLOCK, SIGNATURE, AT, info=b"\x30\x00"),
        kit.token(CLOCK, SIGNATURE, AT, info=tst_info(at=write.octets(b"now"))),
        kit.token(CLOCK, SIGNATURE, AT, info=tst_info(at=write.value(0x18, b"20231301000000Z"))),
        kit.signed_data(write.sequence(write.oid(TOKEN)), (), kit.signer_info(CLOCK, b"", kit.Signing())),
        kit.signed_data(write.sequence(write.oid(TOKEN), write.tagged(0, write.octets(tst_info()))), ()),
        kit.signed_data(write.sequence(write.oid(TOKEN), write.tagged(0, tst_info())), (), counter()),
    ],
)
def test_what_is_no_token_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        token(data)


def test_a_legacy_counter_signature_is_verified() -> None:
    stamp = legacy(counter())
    assert (stamp.kind, stamp.at, stamp.failure, stamp.strays) == ("legacy", AT, "", ())


def test_a_legacy_counter_signature_may_name_any_content_type() -> None:
    assert legacy(counter(kind="2.999.1")).failure == ""


@pytest.mark.parametrize(
    ("data", "failure"),
    [
        (counter(over=b"another"), "message digest"),
        (counter(at=b""), "no time"),
        (counter(at=write.octets(b"now")), "no time"),
    ],
)
def test_a_legacy_counter_signature_that_does_not_hold(data: bytes, failure: str) -> None:
    assert failure in legacy(data).failure


def test_a_legacy_counter_signature_needs_its_certificate() -> None:
    assert "not carried" in legacy(counter(), (kit.plain_certificate().der,)).failure


def test_what_is_no_counter_signature_is_refused() -> None:
    for data in (b"\x30\x00", b"\x05\x00", kit.token(CLOCK, SIGNATURE, AT)):
        with pytest.raises(FormatError):
            legacy(data)


@settings(max_examples=150)
@given(st.data())
def test_a_flipped_byte_never_verifies_at_another_time(data: st.DataObject) -> None:
    raw = bytearray(kit.token(CLOCK, SIGNATURE, AT))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        stamp = token(bytes(raw))
    except (FormatError, LimitError):
        return
    assert stamp.failure or stamp.at == AT
