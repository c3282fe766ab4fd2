from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.model.identity import Identity, Signer, discriminating_keys
from unrig.model.levels import Answer
from unrig.respond.never_block import DENIABLE, DenyKey, deny_keys, never_block

HEX = st.text("0123456789abcdef", min_size=8, max_size=8)
KEYS = ("sha256", "authenticode_hash.sha256", "name", "signer", "purl", "upgrade_code", "bundle_id", "version")
IDENTITIES = st.builds(
    Identity,
    sha256=HEX | st.just(""),
    authenticode_hash=st.dictionaries(st.sampled_from(["sha1", "sha256"]), HEX),
    name=st.sampled_from(["", "d3dcompiler_47.dll"]),
    purl=st.sampled_from(["", "pkg:npm/a@1"]),
    upgrade_code=st.sampled_from(["", "ABC"]),
    bundle_id=st.sampled_from(["", "com.x"]),
    signer=st.none() | st.just(Signer(subject="CN=x")),
    discriminates=st.dictionaries(st.sampled_from(KEYS), st.sampled_from(list(Answer))),
)


def test_the_genuine_authenticode_hash_is_never_blocked(made: ModuleType) -> None:
    denied = deny_keys([made.CARRIER_IDENTITY])
    assert [(deny.key, deny.value) for deny in denied] == [("sha256", made.CARRIER)]
    spared = {one.kind: one for one in never_block([made.CARRIER_IDENTITY])}
    assert spared["authenticode_hash"].value == made.GENUINE_AUTHENTICODE
    assert "genuine" in spared["authenticode_hash"].reason
    assert set(spared) == {"authenticode_hash", "name", "signer"}


def test_an_authenticode_hash_that_is_not_known_to_be_shared_is_not_blocked_either(made: ModuleType) -> None:
    (spared,) = [one for one in never_block([made.READER_IDENTITY]) if one.kind == "authenticode_hash"]
    assert "no known good file" in spared.reason


@pytest.mark.parametrize("key", ["authenticode_hash.sha256", "name", "signer", "version", "cdhash", "nothing"])
def test_a_deny_key_that_hits_the_innocent_cannot_exist(made: ModuleType, key: Any) -> None:
    with pytest.raises(ValueError, match="does not tell the rigged thing"):
        DenyKey(key=key, value=made.GENUINE_AUTHENTICODE, identity=made.CARRIER_IDENTITY)


@pytest.mark.parametrize("key", ["name", "purl", "upgrade_code", "bundle_id"])
def test_a_description_cannot_be_denied_even_if_it_is_said_to_discriminate(key: Any) -> None:
    identity = Identity(**{key: "x"}, discriminates={key: Answer.YES})
    assert deny_keys([identity]) == ()
    with pytest.raises(ValueError, match="does not tell"):
        DenyKey(key=key, value="x", identity=identity)
    assert [one.kind for one in never_block([identity])] == [key]


@given(st.lists(IDENTITIES, max_size=4))
def test_what_is_denied_and_what_is_spared_are_apart_and_all(identities: Any) -> None:
    denied = {(one.key.partition(".")[0], one.value) for one in deny_keys(identities)}
    for identity in identities:
        spared = {(one.kind, one.value) for one in never_block([identity])}
        mine = {(one.key.partition(".")[0], one.value) for one in deny_keys([identity])}
        assert all(kind in DENIABLE for kind, _ in mine)
        assert mine <= denied
        yes = {value for key, value in discriminating_keys(identity).items() if key.partition(".")[0] in DENIABLE}
        assert {value for _, value in mine} == yes
        for algorithm, value in identity.authenticode_hash.items():
            if identity.discriminates.get(f"authenticode_hash.{algorithm}") is not Answer.YES:
                assert ("authenticode_hash", value) in spared
        assert ("name", identity.name) in spared or not identity.name


@given(st.lists(IDENTITIES, max_size=4))
def test_the_order_of_identities_changes_nothing(identities: Any) -> None:
    first, second = deny_keys(identities), deny_keys(identities[::-1])
    assert [(one.key, one.value) for one in first] == [(one.key, one.value) for one in second]
    assert [(one.kind, one.value) for one in never_block(identities)] == [
        (one.kind, one.value) for one in never_block(identities[::-1])
    ]


def test_a_code_directory_hash_that_discriminates_may_be_denied_and_each_of_them_is() -> None:
    both = ("aa" * 20, "bb" * 20)
    rigged = Identity(name="app", cdhash=both, discriminates={"cdhash": Answer.YES})
    assert [(one.key, one.value) for one in deny_keys([rigged])] == [("cdhash", both[0]), ("cdhash", both[1])]
    assert {one.kind for one in never_block([rigged])} == {"name"}
    spared = Identity(name="app", cdhash=both, discriminates={"cdhash": Answer.NO})
    assert deny_keys([spared]) == ()
    assert [one.value for one in never_block([spared]) if one.kind == "cdhash"] == list(both)
