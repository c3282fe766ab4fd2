from __future__ import annotations

import random

import signature_kit as kit

from unrig.drill.build import _der as write
from unrig.formats import cms, der, x509
from unrig.formats.authenticode_carried import Carried, leaf_first, signer_of
from unrig.model.signature import Nature

PAYLOAD = random.Random(4).randbytes(3000)
ROOT = kit.issue(kit.Wish(name="Root", authority=True))
CA = kit.issue(kit.Wish(name="CA", authority=True), ROOT)
CROSS = kit.issue(kit.Wish(name="CA", authority=True), kit.issue(kit.Wish(name="Other root", authority=True)), CA.key)
LEAF = kit.issue(kit.Wish(name="Leaf", usages=(kit.CODE,)), CA)
STRANGER = kit.issue(kit.Wish(name="Stranger"))


def gathered(*ders: bytes, lists: tuple[bytes, ...] = ()) -> Carried:
    """Take up certificates and CRLs that stand one behind the other in a file."""
    data = b"".join((b"before", *ders, *lists))
    place, found = len(b"before"), []
    for _ in (*ders, *lists):
        found.append(der.read(data, place, len(data)))
        place = found[-1].end
    carried = Carried(memoryview(data))
    carried.take(
        cms.SignedData(
            where=found[0],
            content_type="",
            content=None,
            certificates=tuple(found[: len(ders)]),
            lists=tuple(found[len(ders) :]),
            signers=(),
            strays=(),
        )
    )
    return carried


def parsed(*holders: kit.Holder) -> list[x509.Parsed]:
    return [x509.parse(h.der) for h in holders]


def used(carried: Carried) -> set[str]:
    return {c.subject for c in carried.certificates() if c.used}


def test_a_chain_is_marked_up_to_its_root() -> None:
    carried = gathered(*(h.der for h in (STRANGER, LEAF, CA, ROOT)))
    carried.mark(parsed(LEAF)[0], parsed(STRANGER, LEAF, CA, ROOT))
    assert [c.used for c in carried.certificates()] == [False, True, True, True]


def test_every_certificate_of_a_cross_signed_authority_is_used() -> None:
    carried = gathered(LEAF.der, CA.der, CROSS.der)
    carried.mark(parsed(LEAF)[0], parsed(LEAF, CA, CROSS))
    assert all(c.used for c in carried.certificates())


def test_certificates_that_issue_each_other_end_the_walk() -> None:
    carried = gathered(ROOT.der, CA.der)
    carried.mark(parsed(ROOT)[0], parsed(ROOT, CA))
    assert [c.used for c in carried.certificates()] == [True, False]


def test_without_a_leaf_nothing_is_used() -> None:
    carried = gathered(LEAF.der, CA.der)
    carried.mark(None, parsed(LEAF, CA))
    assert used(carried) == set()


def test_the_same_certificate_is_told_once_where_it_first_stands() -> None:
    carried = gathered(LEAF.der, CA.der, LEAF.der)
    assert [c.span.offset for c in carried.certificates()] == [6, 6 + len(LEAF.der)]


def test_odd_bytes_are_told_at_their_place_in_the_file() -> None:
    spare = kit.raw_certificate(extensions=(kit.raw_extension("2.999.1", PAYLOAD),))
    (told,) = gathered(spare).certificates()
    assert told.odd_bytes is not None
    assert told.odd_bytes.span.offset == 6 + spare.index(PAYLOAD)
    assert told.odd_bytes.span.length == len(PAYLOAD)
    assert told.odd_bytes.nature is Nature.RANDOM


def test_serials_are_hexadecimal_whatever_their_sign() -> None:
    told = gathered(kit.raw_certificate(serial=b"\x02\x01\x80"), kit.raw_certificate(serial=b"\x02\x02\x00\xff"))
    assert [c.serial for c in told.certificates()] == ["-80", "ff"]


def test_malformed_usages_do_not_hide_a_certificate() -> None:
    spoiled = kit.raw_certificate(extensions=(kit.raw_extension(x509.EXTENDED_KEY_USAGE, b"\x05\x00"),))
    assert [c.usages for c in gathered(spoiled).certificates()] == [()]


def crl(*lists: bytes) -> list[bool]:
    return [r.used for r in gathered(LEAF.der, CA.der, lists=lists).revocation_lists()]


def test_a_crl_of_an_authority_on_the_chain_is_used() -> None:
    assert crl(kit.revocation_list(CA, {5: 5})) == [True]


def test_a_crl_whose_issuer_is_not_carried_is_used_by_name() -> None:
    assert crl(kit.revocation_list(ROOT, {5: 5})) == [True]


def test_a_crl_of_a_stranger_is_not_used() -> None:
    assert crl(kit.revocation_list(STRANGER, {5: 5})) == [False]


def test_a_crl_in_an_authority_s_name_that_it_did_not_sign_is_not_used() -> None:
    forged = kit.revocation_list(kit.issue(kit.Wish(name="CA", authority=True), key=kit.rsa_key("forger")), {5: 5})
    assert crl(forged, kit.revocation_list(CA, {})) == [False, True]


def test_a_payload_in_a_crl_is_told_at_its_place_in_the_file() -> None:
    genuine = kit.revocation_list(CA, {5: 5})
    tail = write.value(3, bytes(257), PAYLOAD)
    spoiled = write.sequence(x509.parse_list(genuine).tbs, kit.SHA256_WITH_RSA, tail)
    first, second = gathered(LEAF.der, lists=(genuine, spoiled)).revocation_lists()
    assert first.odd_bytes is None
    assert second.odd_bytes is not None
    place = 6 + len(LEAF.der) + len(genuine) + spoiled.index(tail)
    assert second.odd_bytes.span.offset == place + len(tail) - len(PAYLOAD) - 257
    assert second.odd_bytes.span.length == 257 + len(PAYLOAD)


def test_what_is_no_crl_is_a_stray_and_damage() -> None:
    carried = gathered(LEAF.der, lists=(write.sequence(write.octets(PAYLOAD)),))
    assert carried.revocation_lists() == ()
    assert [s.what for s in carried.strays()] == ["crls: no CRL"]
    assert len(carried.damaged) == 1


def test_strays_are_told_once_and_in_the_order_of_the_file() -> None:
    data = write.octets(b"first") + write.octets(PAYLOAD)
    first, second = der.read(data, 0, len(data)), der.read(data, 7, len(data))
    carried = Carried(memoryview(data))
    carried.stray([cms.Stray(what="b", where=second), cms.Stray(what="a", where=first)])
    carried.stray([cms.Stray(what="again", where=second)])
    assert [(s.what, s.bytes.span.length) for s in carried.strays()] == [("a", 5), ("b", len(PAYLOAD))]


def test_who_signed() -> None:
    told = signer_of(parsed(LEAF)[0])
    assert (told.subject, told.issuer) == ("CN=Leaf, O=Unrig Test Lab", "CN=CA, O=Unrig Test Lab")
    assert told.spki_sha256 == parsed(LEAF)[0].spki_sha256


def test_the_leaf_comes_first_and_each_certificate_once() -> None:
    leaf, ca = parsed(LEAF, CA)
    assert leaf_first(leaf, [ca, leaf, ca]) == (leaf.sha256, ca.sha256)
    assert leaf_first(None, [ca]) == (ca.sha256,)
