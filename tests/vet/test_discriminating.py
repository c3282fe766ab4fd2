"""Only what tells a bad file from every good one may match or block."""

from __future__ import annotations

import pytest
from findings_kit import at, finding, key, sha, signed, view
from hypothesis import given
from hypothesis import strategies as st

from unrig.model.finding import Finding
from unrig.model.identity import Identity, Signer, discriminating_keys
from unrig.model.levels import Answer, Confidence, Severity
from unrig.model.rule import ArtifactView
from unrig.vet.discriminating import identities

HASH = {"authenticode_hash": {"sha256": "aa", "sha1": "bb"}, "name": "runtime.dll", "version": "1.2"}
YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
CARRIER = view("app/runtime.dll", "rigged", signed(table=1000), identity=HASH)
GOOD = view("app/runtime.dll", "genuine", signed(table=1000), identity=HASH)
READER = view(
    "app/codec.dll", "reader", signed(), identity={"authenticode_hash": {"sha256": "cc"}, "name": "codec.dll"}
)


def answers(
    of: ArtifactView, *findings: Finding, good: tuple[ArtifactView, ...] = (), beside: tuple[ArtifactView, ...] = ()
) -> dict[str, Answer]:
    return identities((of, *beside), good, findings)[of.artifact.id].discriminates


def padding(of: ArtifactView = CARRIER, **more: object) -> Finding:
    return finding(at(of, 1200), about=(of,), severity=Severity.CRITICAL, **more)  # type: ignore[arg-type]


def pair() -> Finding:
    return finding(at(READER, 40), at(CARRIER, 1200), about=(READER, CARRIER), confidence=Confidence.MEDIUM)


@pytest.mark.parametrize("good", [(), (GOOD,)], ids=["no known good", "known good"])
def test_a_rigged_carrier_is_told_by_its_sha256_alone(good: tuple[ArtifactView, ...]) -> None:
    told = answers(CARRIER, padding(), good=good)
    assert told["sha256"] is YES
    assert told["authenticode_hash.sha256"] is told["authenticode_hash.sha1"] is NO
    assert told["name"] is told["version"] is NO
    identity = identities((CARRIER,), good, [padding()])[CARRIER.artifact.id]
    assert discriminating_keys(identity) == {"sha256": sha("rigged")}


def test_a_reader_that_merely_names_the_carrier_is_told_by_nothing() -> None:
    told = identities((CARRIER, READER), (), [padding(), pair()])[READER.artifact.id]
    assert discriminating_keys(told) == {}
    assert told.discriminates["sha256"] is UNKNOWN


def test_a_known_good_reader_stays_good_whatever_names_it() -> None:
    certain = finding(at(READER, 40), about=(READER,))
    assert answers(READER, pair(), certain, good=(READER,))["sha256"] is NO
    assert answers(READER, pair(), certain, good=(READER,))["authenticode_hash.sha256"] is NO


def test_a_reader_that_differs_from_its_known_good_namesake_is_told_by_its_sha256_alone() -> None:
    before = view("app/codec.dll", "last release", signed(), identity={"name": "codec.dll"})
    told = answers(READER, pair(), good=(before,), beside=(CARRIER,))
    assert told["sha256"] is YES
    assert told["authenticode_hash.sha256"] is UNKNOWN


def test_code_that_the_hash_covers_is_told_by_the_hash_too() -> None:
    changed = finding(at(CARRIER, 400), about=(CARRIER,))
    told = answers(CARRIER, changed)
    assert told["sha256"] is told["authenticode_hash.sha256"] is YES
    assert answers(CARRIER, changed, padding())["authenticode_hash.sha256"] is YES
    assert answers(CARRIER, changed, good=(GOOD,))["authenticode_hash.sha256"] is NO


def test_evidence_without_a_range_tells_the_sha256_and_not_the_hash() -> None:
    """A pack lists the carrier by its SHA-256: its Authenticode hash is that of the genuine file all the same."""
    listed = finding(key(CARRIER, "pack/bad"), about=(CARRIER,), hindsight=True)
    told = answers(CARRIER, listed)
    assert (told["sha256"], told["authenticode_hash.sha256"]) == (YES, UNKNOWN)
    assert answers(CARRIER, listed, padding())["authenticode_hash.sha256"] is NO


def test_what_contains_a_rigged_file_is_as_certain() -> None:
    outer, inner = view("setup.zip"), view("setup.zip!/inner.zip")
    carrier = view("setup.zip!/inner.zip!/runtime.dll", "rigged", signed(), identity=HASH)
    other = view("setup.zip!/readme.txt")
    told = identities((outer, inner, carrier, other), (), [padding(carrier)])
    assert [told[v.artifact.id].discriminates["sha256"] for v in (outer, inner, carrier, other)] == [
        YES,
        YES,
        YES,
        UNKNOWN,
    ]


def test_a_known_good_container_is_never_told() -> None:
    outer = view("setup.zip")
    carrier = view("setup.zip!/runtime.dll", "rigged", signed(), identity=HASH)
    assert identities((outer, carrier), (outer,), [padding(carrier)])[outer.artifact.id].discriminates["sha256"] is NO


def test_the_same_bytes_at_another_path_are_the_same_thing() -> None:
    outer = view("old.zip")
    copy = view("old.zip!/runtime.dll", "rigged", signed(table=1000), identity=HASH)
    told = identities((CARRIER, outer, copy), (), [padding()])
    assert told[copy.artifact.id].discriminates == told[CARRIER.artifact.id].discriminates
    assert told[outer.artifact.id].discriminates["sha256"] is YES


@pytest.mark.parametrize("more", [{"severity": Severity.MEDIUM}, {"confidence": Confidence.MEDIUM}])
def test_what_is_not_high_and_certain_tells_nothing(more: dict[str, object]) -> None:
    told = answers(CARRIER, finding(at(CARRIER, 1200), about=(CARRIER,), **more))  # type: ignore[arg-type]
    assert set(told.values()) == {UNKNOWN}


def test_bytes_behind_the_section_of_an_unsigned_file_are_hashed() -> None:
    bare = view("bare.dll", "bare", signed(table=0, size=0), identity=HASH)
    assert answers(bare, finding(at(bare, 5000), about=(bare,)))["authenticode_hash.sha256"] is YES


def test_a_signer_never_discriminates() -> None:
    signer = Signer(subject="CN=Drill")
    bad = view("a.dll", "a", signed(), identity={"signer": signer, "name": "a.dll"})
    assert answers(bad, padding(bad))["signer"] is NO


NAMES = st.sampled_from(["a.dll", "b.dll", "c.zip", "c.zip!/a.dll", "c.zip!/d.dll"])
CONTENTS = st.sampled_from(["one", "two", "three"])


@given(st.dictionaries(NAMES, CONTENTS, min_size=1), st.sets(CONTENTS), st.data())
def test_no_key_of_a_good_file_ever_leaves(files: dict[str, str], good: set[str], data: st.DataObject) -> None:
    views = tuple(
        view(path, content, signed(), identity={"authenticode_hash": {"sha256": content}, "name": path})
        for path, content in files.items()
    )
    known = tuple(
        view(f"good/{c}", c, signed(), identity={"authenticode_hash": {"sha256": c}, "name": c}) for c in sorted(good)
    )
    accused = data.draw(st.lists(st.sampled_from(views)))
    findings = [finding(at(v, data.draw(st.sampled_from([10, 1200]))), about=(v,)) for v in accused]
    leaving = {
        (name, value)
        for identity in identities(views, known, findings).values()
        for name, value in discriminating_keys(identity).items()
    }
    held = {("sha256", sha(c)) for c in good} | {("authenticode_hash.sha256", c) for c in good}
    assert not leaving & held
    assert all(name == "sha256" or name.startswith("authenticode_hash.") for name, _ in leaving)


@given(st.lists(st.sampled_from([CARRIER, READER]), max_size=4))
def test_order_of_findings_does_not_matter(accused: list[ArtifactView]) -> None:
    findings = [finding(at(v, offset), about=(v,)) for offset, v in enumerate(accused, 900)]
    views = (CARRIER, READER)
    assert identities(views, (), findings) == identities(views, (), findings[::-1])


def test_an_artifact_without_findings_keeps_all_it_is() -> None:
    identity = identities((CARRIER,), (), [])[CARRIER.artifact.id]
    assert isinstance(identity, Identity)
    assert (identity.name, identity.version, identity.sha256) == ("runtime.dll", "1.2", sha("rigged"))
