from __future__ import annotations

import random

import pytest
import signature_kit as kit

from unrig.drill.build import _der as write
from unrig.formats import x509_odd_list

PAYLOAD = random.Random(8).randbytes(3000)
AT = write.utc_time(kit.moment(2022))


def listed(  # one argument a member of the grammar
    *,
    version: bytes = b"\x02\x01\x01",
    algorithm: bytes = kit.SHA256_WITH_RSA,
    update: bytes = AT,
    entries: tuple[bytes, ...] = (),
    extensions: tuple[bytes, ...] = (),
    more: bytes = b"",
    signature: bytes = write.value(3, bytes(257)),
    outer_more: bytes = b"",
) -> bytes:
    """Return a CRL part by part; nothing signs it."""
    issuer = kit.plain_certificate().certificate.subject.public_bytes()
    held = write.sequence(*entries) if entries else b""
    told = write.tagged(0, write.sequence(*extensions)) if extensions else b""
    tbs = write.sequence(version, kit.SHA256_WITH_RSA, issuer, AT, update, held, told, more)
    return write.sequence(tbs, algorithm, signature, outer_more)


def entry(serial: bytes = b"\x02\x01\x07", more: bytes = b"") -> bytes:
    return write.sequence(serial, AT, more)


def odd(encoded: bytes) -> bytes:
    found = x509_odd_list.largest_odd(encoded)
    return encoded[found.body : found.end] if found else b""


def test_a_crl_as_issued_is_not_odd() -> None:
    assert (
        odd(kit.revocation_list(kit.plain_certificate(), {number: kit.moment(2022) for number in range(1, 50)})) == b""
    )
    assert odd(listed()) == b""
    assert odd(listed(version=b"", update=b"", entries=(entry(),) * 5000)) == b""
    assert odd(listed(extensions=(kit.raw_extension("2.5.29.20", b"\x02\x01\x05"),))) == b""


@pytest.mark.parametrize(
    "encoded",
    [
        listed(version=write.value(2, PAYLOAD)),
        listed(algorithm=write.sequence(write.oid("2.999.1"), write.octets(PAYLOAD))),
        listed(update=write.value(0x17, PAYLOAD)),
        listed(entries=(entry(), entry(write.value(2, PAYLOAD)))),
        listed(entries=(entry(more=write.octets(PAYLOAD)),)),
        listed(extensions=(kit.raw_extension("2.999.1", PAYLOAD),)),
        listed(extensions=(kit.raw_extension("2.5.29.20", PAYLOAD),)),
        listed(more=write.octets(PAYLOAD)),
        listed(signature=write.value(3, PAYLOAD)),
        listed(outer_more=write.octets(PAYLOAD)),
    ],
)
def test_a_payload_is_found_in_every_member(encoded: bytes) -> None:
    assert PAYLOAD in odd(encoded)


def test_only_the_bytes_somebody_put_there_are_told() -> None:
    assert odd(listed(extensions=(kit.raw_extension("2.999.1", write.octets(PAYLOAD)),))) == PAYLOAD


def test_many_small_extensions_add_up() -> None:
    parts = [PAYLOAD[i : i + 200] for i in range(0, 3000, 200)]
    spread = tuple(kit.raw_extension(f"2.999.1.{n}", part) for n, part in enumerate(parts))
    assert all(part in odd(listed(extensions=spread)) for part in parts)
    assert odd(listed(extensions=spread[:3])) == b""


@pytest.mark.parametrize(
    "encoded",
    [
        listed(update=write.octets(b"x")),
        listed(entries=(b"\x30\x7f",)),
        listed(extensions=(write.sequence(write.octets(PAYLOAD)),)),
        write.sequence(write.sequence(write.octets(PAYLOAD)), kit.SHA256_WITH_RSA, write.value(3, b"\0")),
    ],
)
def test_a_crl_that_cannot_be_read_to_its_end_is_odd_as_a_whole(encoded: bytes) -> None:
    assert len(odd(encoded)) > 3 * len(encoded) // 4 or odd(encoded) == b"x"


def test_entries_without_number_meet_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x509_odd_list, "MOST_ENTRIES", 10)
    assert odd(listed(entries=(entry(),) * 9)) == b""
    assert len(odd(listed(entries=(entry(),) * 20))) > 20 * len(entry())
