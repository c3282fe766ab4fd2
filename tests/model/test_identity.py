"""Only keys that discriminate leave an identity, each with a value it has."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.model.identity import Identity, discriminating_keys, discriminating_pairs
from unrig.model.levels import Answer

KEYS = ("sha256", "authenticode_hash.sha256", "authenticode_hash.sha1", "cdhash", "purl", "bundle_id", "upgrade_code")
WHOLE = Identity(
    sha256="aa" * 32,
    authenticode_hash={"sha256": "bb" * 32},
    cdhash=("cc" * 20, "dd" * 20),
    purl="pkg:npm/x@1",
    bundle_id="x.invalid",
)


def told(**answers: Answer) -> Identity:
    return Identity(
        sha256=WHOLE.sha256,
        authenticode_hash=WHOLE.authenticode_hash,
        cdhash=WHOLE.cdhash,
        discriminates={key.replace("__", "."): answer for key, answer in answers.items()},
    )


def test_only_a_yes_leaves() -> None:
    identity = told(sha256=Answer.YES, authenticode_hash__sha256=Answer.NO, cdhash=Answer.UNKNOWN)
    assert discriminating_pairs(identity) == (("sha256", "aa" * 32),)


def test_a_key_without_a_value_is_none() -> None:
    assert discriminating_pairs(told(authenticode_hash__sha1=Answer.YES, purl=Answer.YES)) == ()


def test_every_code_directory_hash_is_a_pair_of_its_own() -> None:
    identity = told(cdhash=Answer.YES, sha256=Answer.YES)
    assert discriminating_pairs(identity) == (("cdhash", "cc" * 20), ("cdhash", "dd" * 20), ("sha256", "aa" * 32))
    assert discriminating_keys(identity) == {"sha256": "aa" * 32}


@settings(max_examples=60, deadline=None)
@given(answers=st.dictionaries(st.sampled_from(KEYS), st.sampled_from(list(Answer))))
def test_keys_are_the_pairs_of_one_value(answers: dict[str, Answer]) -> None:
    identity = Identity(
        sha256=WHOLE.sha256, authenticode_hash=WHOLE.authenticode_hash, cdhash=WHOLE.cdhash, discriminates=answers
    )
    pairs = discriminating_pairs(identity)
    assert {key for key, _ in pairs} <= {key for key, answer in answers.items() if answer is Answer.YES}
    assert discriminating_keys(identity) == {key: value for key, value in pairs if key != "cdhash"}
