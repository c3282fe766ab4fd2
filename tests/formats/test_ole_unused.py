"""Bytes of a compound file that no stream accounts for: each place by itself, and none where there is nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build.ole import OleLayout, OleStream, build_ole
from unrig.drill.build.payload import MARKER, Kind
from unrig.formats import ole, ole_unused
from unrig.formats.ole_unused import Stretch, Unused

STREAMS = (OleStream(name="Big", content=bytes(range(250)) * 40), OleStream(name="Small", content=b"small" * 20))
VERSIONS = pytest.mark.parametrize("version", [3, 4])


def unused(data: bytes) -> Unused:
    return ole.read(memoryview(data)).unused


def at(data: bytes, stretch: Stretch) -> bytes:
    return data[stretch.offset : stretch.offset + stretch.length]


@VERSIONS
def test_trailing_begins_where_the_last_sector_ends(version: int) -> None:
    plain = build_ole(STREAMS, OleLayout(version=version), 3)
    data = build_ole(STREAMS, OleLayout(version=version, trailing=700), 3)
    assert unused(data).trailing == Stretch(offset=len(plain), length=700, what="trailing")
    assert at(data, Stretch(offset=len(plain), length=700, what="")).startswith(MARKER)
    assert unused(plain).trailing is None


def test_appended_sectors_are_trailing_even_where_the_fat_has_entries_for_them() -> None:
    plain = build_ole(STREAMS)
    trailing = unused(plain + b"payload!" * 64).trailing
    assert trailing == Stretch(offset=len(plain), length=512, what="trailing")


@VERSIONS
@pytest.mark.parametrize(("field", "what"), [("free", "free sectors"), ("lost", "lost sectors")])
def test_sectors_of_no_chain_are_one_stretch(version: int, field: str, what: str) -> None:
    data = build_ole(STREAMS, OleLayout(version=version, **{field: 9000}), 3)
    (stretch,) = unused(data).sectors
    size = 512 if version == 3 else 4096
    assert (stretch.what, stretch.length) == (what, -(-9000 // size) * size)
    assert at(data, stretch).startswith(MARKER)


def test_zeros_in_free_sectors_are_nothing() -> None:
    assert unused(build_ole(STREAMS, OleLayout(free=9000, kind=Kind.ZEROS))).sectors == ()


@VERSIONS
@pytest.mark.parametrize("index", [0, 1])
def test_slack_is_what_follows_a_stream_in_its_last_sector(version: int, index: int) -> None:
    streams = list(STREAMS)
    streams[index] = OleStream(name="Last", content=STREAMS[index].content, slack=20)
    data = build_ole(tuple(streams), OleLayout(version=version), 3)
    (slack,) = unused(data).slack
    assert slack.what == "slack"
    assert any(at(data, slack)[:20])
    assert data[slack.offset - 5 : slack.offset] == STREAMS[index].content[-5:]
    assert slack.entry == next(e.index for e in ole.read(memoryview(data)).entries if e.name == "Last")
    assert unused(data).slack_bytes == slack.length


@pytest.mark.parametrize("index", [0, 1])
def test_sectors_of_a_chain_beyond_the_streams_size_are_slack(index: int) -> None:
    streams = list(STREAMS)
    streams[index] = OleStream(name="Long", content=STREAMS[index].content, excess=1000)
    found = unused(build_ole(tuple(streams), None, 3)).slack
    assert {stretch.what for stretch in found} == {"sectors beyond the stream's size"}
    assert sum(stretch.length for stretch in found) >= 1000


def test_the_rest_of_the_headers_sector_is_seen_in_version_4() -> None:
    data = build_ole(STREAMS, OleLayout(version=4, header_padding=3000), 3)
    (slack,) = unused(data).slack
    assert slack == Stretch(offset=512, length=4096 - 512, what="header padding")


def test_mini_sectors_of_no_chain_are_slack() -> None:
    data = build_ole(STREAMS, OleLayout(mini_lost=300), 3)
    (slack,) = unused(data).slack
    assert (slack.what, slack.length) == ("mini sectors of no chain", 320)
    assert at(data, slack).startswith(MARKER)


def test_mini_sectors_of_no_chain_are_cut_where_their_sectors_part() -> None:
    data = build_ole(STREAMS, OleLayout(mini_lost=40_000), 3)
    found = unused(data).slack
    assert b"".join(at(data, stretch) for stretch in found).startswith(MARKER)
    assert sum(stretch.length for stretch in found) == 40_000


def test_a_directory_entry_not_in_use_that_bears_a_name_is_slack() -> None:
    data = build_ole(STREAMS, OleLayout(stale_name="deleted"))
    (slack,) = unused(data).slack
    assert (slack.what, slack.length) == ("directory entry not in use", 128)
    assert at(data, slack).startswith("deleted".encode("utf-16-le"))


def test_a_payload_cannot_hide_behind_many_small_stretches() -> None:
    decoys = tuple(
        OleStream(name=f"d{index}", content=bytes(4096 + 500), slack=3) for index in range(ole_unused.MAX_STRETCHES * 9)
    )
    hiding = OleStream(name="last", content=bytes(4097), slack=500)
    found = unused(build_ole((*decoys, hiding), OleLayout(free=5000), 3))
    assert len(found.slack) == ole_unused.MAX_STRETCHES
    assert max(stretch.length for stretch in found.slack) == 511
    assert found.slack_bytes > sum(stretch.length for stretch in found.slack)
    assert len(found.sectors) == 1


@pytest.mark.parametrize(("free", "lost", "kept"), [(600, 5000, "lost sectors"), (5000, 600, "free sectors")])
def test_of_many_runs_of_sectors_the_longest_are_kept(
    monkeypatch: pytest.MonkeyPatch, free: int, lost: int, kept: str
) -> None:
    monkeypatch.setattr(ole_unused, "MAX_STRETCHES", 1)
    assert [s.what for s in unused(build_ole(STREAMS, OleLayout(free=free, lost=lost), 3)).sectors] == [kept]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 3000),
    st.integers(0, 3000),
    st.integers(0, 500),
    st.integers(0, 2000),
    st.integers(0, 400),
    st.sampled_from([3, 4]),
)
def test_every_payload_is_found_wherever_it_hides(  # noqa: PLR0917 - one number a place
    free: int, lost: int, mini: int, trailing: int, slack: int, version: int
) -> None:
    streams = (OleStream(name="Big", content=bytes(5000), slack=slack), STREAMS[1])
    layout = OleLayout(version=version, free=free, lost=lost, mini_lost=mini, trailing=trailing)
    data = build_ole(streams, layout, 9)
    found = unused(data)
    every = [*found.sectors, *found.slack, *([found.trailing] if found.trailing else [])]
    assert sum(at(data, stretch).count(MARKER) for stretch in every) == data.count(MARKER)
    assert len(every) >= sum(size > 0 for size in (free + lost, mini, trailing, slack))
