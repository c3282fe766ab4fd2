from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.formats.text_markers import LONGEST, MOST, STEP, find_markers

AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Example/18.1.2 Chrome/102.0.5005.167 Electron/19.1.9 Safari/537.36"


def kinds(data: bytes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for marker in find_markers(memoryview(data)).markers:
        found.setdefault(marker.kind, []).append(marker.text)
    return found


def test_each_kind_is_found_in_both_encodings() -> None:
    ascii_text = b"\0\\User Data\\Default\0places.sqlite\0MachineGuid\0schtasks\0" + AGENT.encode() + b"\0"
    found = kinds(ascii_text)
    assert found["browser_stores"] == ["\\User Data\\", "places.sqlite"]
    assert found["system_survey"] == ["MachineGuid"]
    assert found["persistence"] == ["schtasks"]
    assert found["user_agent"] == [AGENT]
    assert found["framework"] == ["Chrome/102.0.5005.167", "Electron/19.1.9"]
    wide = kinds("\\User Data\\|MachineGuid|".encode("utf-16-le") + b"\0\0" + AGENT.encode("utf-16-le"))
    assert wide["system_survey"] == ["MachineGuid"]
    assert wide["user_agent"] == [AGENT]


def test_offsets_and_lengths_are_those_in_the_file() -> None:
    (marker,) = find_markers(memoryview(b"\xfe" * 99 + "MachineGuid".encode("utf-16-le") + b"\xfe")).markers
    assert (marker.offset, marker.length) == (99, 22)


def test_each_text_counts_once() -> None:
    assert kinds(b"MachineGuid\0" * 50) == {"system_survey": ["MachineGuid"]}


def test_what_only_sounds_like_it_is_none() -> None:
    assert kinds(b"login data, web data; systeminformation; Mozilla; Electronics/1.2.3; Chrome/102") == {}


def test_more_than_are_kept_are_told() -> None:
    many = b"\0".join(f"Mozilla/5.0 (number {n:05}) and more text".encode() for n in range(MOST + 20))
    facts = find_markers(memoryview(many))
    assert len(facts.markers) == MOST
    assert facts.truncated == ("user_agent",)


def test_long_texts_are_cut() -> None:
    (marker,) = find_markers(memoryview(b"Mozilla/5.0 (" + b"x" * 900 + b"\0")).markers
    assert len(marker.text) <= LONGEST


def test_a_text_between_two_pieces_is_found() -> None:
    data = bytes(STEP - 5) + b"MachineGuid" + bytes(10)
    (marker,) = find_markers(memoryview(data)).markers
    assert marker.offset == STEP - 5


@given(data=st.binary(max_size=500))
@settings(deadline=None, max_examples=40)
def test_markers_stand_where_they_say(data: bytes) -> None:
    for marker in find_markers(memoryview(data)).markers:
        assert 0 <= marker.offset <= len(data) - marker.length
