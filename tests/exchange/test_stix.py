"""STIX 2.1: what is written is read back, identifiers are those of the specification, foreign bundles are survived."""

import datetime as dt
import os
import uuid
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.exchange import stix
from unrig.model.errors import FormatError, LimitError

AT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
IDS = st.uuids().map(str)
TIMES = st.datetimes(
    min_value=dt.datetime(1990, 1, 1),  # noqa: DTZ001 - hypothesis wants it naive
    timezones=st.just(dt.UTC),
)
REFS = st.lists(TEXT, max_size=2).map(tuple)
COMMON = {"id": IDS, "spec_version": st.just("2.1"), "created": TIMES.map(stix.version), "modified": TIMES.map(stix.version), "created_by_ref": TEXT,
          "object_marking_refs": REFS,
          "external_references": st.lists(st.builds(stix.ExternalReference, source_name=TEXT, external_id=TEXT), max_size=2).map(tuple)}  # fmt: skip
MAYBE = st.none() | TIMES
OBJECTS = st.one_of(
    st.sampled_from(list(stix.TLP_IDS)).map(stix.tlp_marking),
    st.builds(stix.Identity, **COMMON, name=TEXT, identity_class=TEXT),
    st.builds(
        stix.AttackPattern,
        **COMMON,
        name=TEXT,
        kill_chain_phases=st.lists(
            st.builds(stix.KillChainPhase, kill_chain_name=TEXT, phase_name=TEXT), max_size=2
        ).map(tuple),
    ),
    st.builds(stix.Campaign, **COMMON, name=TEXT, description=TEXT),
    st.builds(
        stix.Indicator, **COMMON, name=TEXT, pattern=TEXT, pattern_type=TEXT, valid_from=TIMES, valid_until=MAYBE
    ),
    st.builds(stix.Note, **COMMON, abstract=TEXT, content=TEXT, authors=REFS, object_refs=REFS),
    st.builds(
        stix.ObservedData,
        **COMMON,
        first_observed=TIMES,
        last_observed=TIMES,
        number_observed=st.integers(1, 10**9),
        object_refs=REFS,
    ),
    st.builds(stix.Report, **COMMON, name=TEXT, report_types=REFS, published=TIMES, object_refs=REFS),
    st.builds(stix.Relationship, **COMMON, relationship_type=TEXT, source_ref=TEXT, target_ref=TEXT, description=TEXT),
    st.builds(
        stix.Sighting,
        **COMMON,
        sighting_of_ref=TEXT,
        first_seen=MAYBE,
        last_seen=MAYBE,
        count=st.none() | st.integers(0, 10**9),
        observed_data_refs=REFS,
        where_sighted_refs=REFS,
        description=TEXT,
    ),
    st.builds(stix.file, st.just("ab" * 32), TEXT),
    st.builds(stix.domain_name, TEXT),
)


@given(st.lists(OBJECTS, max_size=5))
def test_reading_what_was_written_gives_the_same(objects: list[stix.StixObject]) -> None:
    bundle = stix.bundle(objects)
    assert stix.read(stix.write(bundle), "b.json") == stix.ReadBundle(bundle=bundle, passed_over=(), problems=())


@given(st.lists(OBJECTS, max_size=5))
def test_a_bundle_depends_on_no_order(objects: list[stix.StixObject]) -> None:
    shuffled = list({one.id: one for one in objects}.values())
    assert stix.bundle(shuffled) == stix.bundle(reversed(shuffled))


def test_observables_get_the_identifier_of_the_specification() -> None:
    # the examples of section 6.4, as several producers give them
    assert stix.domain_name("example.com").id == "domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7"
    assert stix._observable_id("ipv4-addr", {"value": "127.0.0.1"}) == "ipv4-addr--679c6c82-b4be-52e2-9c7a-198689f6f77b"


def test_a_files_identifier_depends_on_hash_and_name_only_and_is_a_uuid5() -> None:
    one = stix.file("ab" * 32, "a.dll")
    assert one.id == stix.file("ab" * 32, "a.dll").id
    assert len({one.id, stix.file("ab" * 32).id, stix.file("cd" * 32, "a.dll").id}) == 3
    assert uuid.UUID(one.id.removeprefix("file--")).version == 5
    assert stix.own_id("note", "a", "b") != stix.own_id("note", "ab", "")
    assert stix.own_id("note", "a") != stix.own_id("report", "a").replace("report", "note")


@pytest.mark.parametrize(("level", "name"), [("clear", "TLP:CLEAR"), ("amber+strict", "TLP:AMBER+STRICT")])
def test_tlp_2_is_the_published_extension(level: str, name: str) -> None:
    written = msgspec.json.decode(msgspec.json.encode(stix.tlp_marking(level)))
    assert written["name"] == name
    assert written["extensions"] == {
        "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d": {
            "extension_type": "property-extension",
            "tlp_2_0": level,
        }
    }
    assert written["created"] == "2022-10-01T00:00:00.000Z"
    assert "definition" not in written
    with pytest.raises(KeyError):
        stix.tlp_marking("white")


def foreign(*objects: object) -> bytes:
    return msgspec.json.encode({"type": "bundle", "id": "bundle--x", "objects": objects})


INDICATOR = {
    "type": "indicator",
    "spec_version": "2.1",
    "id": "indicator--1",
    "created": "2023-03-29T00:00:00.000Z",
    "modified": "2023-03-29T00:00:00.000Z",
    "pattern": "[file:name = 'x']",
    "pattern_type": "stix",
    "valid_from": "2023-03-29T00:00:00Z",
    "x_custom": {"of": ["another", "producer"]},
}


def test_a_foreign_bundle_is_read_as_far_as_it_goes() -> None:
    data = foreign(
        {"type": "malware", "id": "malware--1"}, {**INDICATOR, "pattern": 7}, INDICATOR, "no object", {"type": 1}
    )
    found = stix.read(data, "feed.json")
    assert [one.id for one in found.bundle.objects] == ["indicator--1"]
    assert found.passed_over == ("malware",)
    assert [problem.where for problem in found.problems] == [f"feed.json: object {n}" for n in (2, 4, 5)]


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"type":"indicator","id":"x"}', b"[" * 100_000, b'{"type":"bundle","id":"\xff"}']
)
def test_what_is_no_bundle_is_a_format_error(data: bytes) -> None:
    with pytest.raises(FormatError, match="feed"):
        stix.read(data, "feed.json")


def test_too_much_is_a_limit_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stix, "MAX_BYTES", 10)
    with pytest.raises(LimitError):
        stix.read(foreign(INDICATOR), "feed.json")


def test_an_object_nested_beyond_reason_is_a_problem() -> None:
    data = foreign(INDICATOR).replace(b'["another"', b"[" * 50_000 + b"]" * 50_000 + b',["another"')
    try:
        assert stix.read(data, "feed.json").problems
    except FormatError:
        return


SAMPLE = foreign(INDICATOR, INDICATOR)


@given(st.integers(0, len(SAMPLE) - 1), st.integers(1, 255))
def test_a_flipped_byte_is_an_error_a_problem_or_a_valid_read(at: int, flip: int) -> None:
    data = bytearray(SAMPLE)
    data[at] ^= flip
    try:
        found = stix.read(bytes(data), "feed.json")
    except FormatError:
        return
    assert len(found.bundle.objects) + len(found.problems) + bool(found.passed_over) >= 1 or b"objects" not in data


def test_a_worker_reads_the_bundle_it_is_handed(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_bytes(SAMPLE)
    descriptor = os.open(tmp_path / "b.json", os.O_RDONLY)
    try:
        assert stix.read_sealed("feed.json", (descriptor,)) == stix.read(SAMPLE, "feed.json")
    finally:
        os.close(descriptor)


def test_alternatives_of_a_pattern_are_read() -> None:
    found = stix.comparisons(
        "[file:hashes.'SHA-256' = 'aa' OR file:name = 'it\\'s'] OR [domain-name:value='x.example']"
    )
    assert [(one.path, one.value) for one in found] == [
        ("file:hashes.'SHA-256'", "aa"),
        ("file:name", "it's"),
        ("domain-name:value", "x.example"),
    ]


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "[file:name = 'a' AND file:size = 3]",
        "[file:name = 'a' AND file:name = 'b']",
        "[file:name = 'a'] FOLLOWEDBY [file:name = 'b']",
        "[file:name = 'a'] AND [file:name = 'b']",
        "[file:name != 'a']",
        "[NOT file:name = 'a']",
        "[file:name LIKE 'a%']",
        "[file:name = 'a'] REPEATS 5 TIMES",
        "[file:name = 'a",
        "[file:size = 3]",
        "[" + " OR ".join(["file:name = 'a'"] * 1000) + "]",
    ],
)
def test_a_pattern_that_says_more_is_not_read_in_part(pattern: str) -> None:
    assert stix.comparisons(pattern) == ()


@given(TEXT)
def test_an_equality_is_read_back(value: str) -> None:
    assert stix.comparisons(stix.equality("file:name", value)) == (stix.Comparison(path="file:name", value=value),)


@given(st.text(alphabet="[]'\\ =:ORfile", max_size=200))
def test_any_pattern_is_read_or_not(pattern: str) -> None:
    stix.comparisons(pattern)
