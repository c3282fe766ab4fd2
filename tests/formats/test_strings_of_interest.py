"""File names and addresses inside any bytes."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.formats import strings_of_interest
from unrig.formats.strings_of_interest import EXTENSIONS, LONGEST_NAME, MAX_NAMES, MAX_URLS, find_strings
from unrig.model.strings import FoundString, StringFacts

NOISE = random.Random(1).randbytes(50_000)


def find(data: bytes) -> StringFacts:
    return find_strings(memoryview(data))


def names(data: bytes) -> list[str]:
    return [one.text for one in find(data).file_names]


def urls(data: bytes) -> list[str]:
    return [one.text for one in find(data).urls]


@pytest.mark.parametrize("encoding", ["ascii", "utf-16"])
@pytest.mark.parametrize("before", [b"", b"\0", b"\xff\xff\xff", NOISE])
def test_both_encodings_at_any_offset(encoding: str, before: bytes) -> None:
    codec = "ascii" if encoding == "ascii" else "utf-16-le"
    fence = b"\xff\xfe"
    data = before + fence + "d3dcompiler_47.dll".encode(codec) + fence + "https://a.invalid/icon1.ico".encode(codec)
    got = find(data + fence)
    start = len(before) + 2
    at = data.index("https".encode(codec), start)
    assert FoundString(text="d3dcompiler_47.dll", offset=start, encoding=encoding) in got.file_names
    assert got.urls == (FoundString(text="https://a.invalid/icon1.ico", offset=at, encoding=encoding),)
    assert "icon1.ico" in {one.text for one in got.file_names}
    assert got.truncated == ()


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_every_extension_in_three_cases(extension: str) -> None:
    for way in (extension, extension.upper(), extension.title()):
        assert names(b"\0name." + way.encode() + b"\0") == [f"name.{way}"]
        assert names(f"name.{way} ".encode("utf-16-le")) == [f"name.{way}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"C:\\Windows\\System32\\ntdll.dll", ["ntdll.dll"]),
        (b"open foo-1.2_x64.dll failed", ["foo-1.2_x64.dll"]),
        (b"(ffmpeg.dll)", ["ffmpeg.dll"]),
        (b"libfoo.so.1", ["libfoo.so"]),
        (b"a.dllx b.exe_ c.dll2", []),
        (b"%s.dll {0}.exe $x.sys", []),
        (b".dll ..exe -.sys", []),
        (b"xy.js abc.js", ["abc.js"]),
        (b"a.dll", ["a.dll"]),
        (b"a.dLl", []),
        (b"x" * 300 + b".dll", ["x" * LONGEST_NAME + ".dll"]),
        (b"one.dll;two.dll|one.dll", ["one.dll", "two.dll"]),
    ],
)
def test_where_names_begin_and_end(text: bytes, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'"https://a.invalid/x?q=1&r=[2]#f"', ["https://a.invalid/x?q=1&r=[2]#f"]),
        (b"see http://a.invalid/x.", ["http://a.invalid/x"]),
        (b"<ftp://a.invalid> wss://b.invalid\0", ["ftp://a.invalid", "wss://b.invalid"]),
        (b"HTTP://A.INVALID/", ["HTTP://A.INVALID/"]),
        (b"xhttps://a.invalid", ["https://a.invalid"]),
        (b"http://[2001:db8::1]:80/", ["http://[2001:db8::1]:80/"]),
        (b"file://a qrc://b ://c http:// http://%s/ http://\xff", []),
        (b"http://a.invalid/ http://a.invalid/", ["http://a.invalid/"]),
        (b"http://" + b"a" * 5000, ["http://" + "a" * 2048]),
    ],
)
def test_where_addresses_begin_and_end(text: bytes, expected: list[str]) -> None:
    assert urls(text) == expected


def test_the_first_occurrence_counts_over_both_encodings() -> None:
    data = b"\xff" + "same.dll".encode("utf-16-le") + b"\xff\xff same.dll other.dll"
    got = find(data).file_names
    assert [(one.text, one.offset, one.encoding) for one in got] == [
        ("same.dll", 1, "utf-16"),
        ("other.dll", data.index(b"other"), "ascii"),
    ]


@pytest.mark.parametrize("codec", ["ascii", "utf-16-le"])
def test_an_address_is_found_once_wherever_a_step_of_the_search_ends(
    codec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = [f"https://{name}.invalid/x" for name in "abc"]
    data = " ".join(wanted).encode(codec)
    for step in range(6, 90):
        monkeypatch.setattr(strings_of_interest, "STEP", step)
        assert [one.text for one in find(data).urls] == wanted


def test_caps_keep_the_first_and_say_so() -> None:
    data = b"".join(b"name%06d.dll http://h%06d.invalid\n" % (number, number) for number in range(MAX_NAMES + 50))
    got = find(data)
    assert [one.text for one in got.file_names] == [f"name{number:06}.dll" for number in range(MAX_NAMES)]
    assert [one.text for one in got.urls] == [f"http://h{number:06}.invalid" for number in range(MAX_URLS)]
    assert got.truncated == ("file_names", "urls")


def test_exactly_the_cap_is_not_truncated() -> None:
    data = b"".join(b"name%06d.dll\n" % number for number in range(MAX_NAMES))
    assert find(data).truncated == ()


def test_repetition_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strings_of_interest, "MAX_CANDIDATES", 100)
    got = find(b"one.dll " * 100 + b"hidden.dll")
    assert [one.text for one in got.file_names] == ["one.dll"]
    assert got.truncated == ("file_names",)
    assert find(b"one.dll " * 99 + b"seen.dll").truncated == ()


def test_random_bytes_hold_next_to_nothing() -> None:
    assert len(find(NOISE * 4).file_names) <= 1


@given(st.binary(max_size=400))
def test_any_bytes_are_read(data: bytes) -> None:
    got = find(data)
    for one in (*got.file_names, *got.urls):
        raw = one.text.encode("ascii" if one.encoding == "ascii" else "utf-16-le")
        assert data[one.offset : one.offset + len(raw)] == raw


@given(st.lists(st.sampled_from([b"http://", b"a.dll", b"\0", b":\0/\0/\0", b"h\0t\0t\0p\0", b"x", b".", b"\xff"])))
def test_fragments_are_found_where_they_stand(parts: list[bytes]) -> None:
    data = b"".join(parts)
    got = find(data)
    for one in (*got.file_names, *got.urls):
        raw = one.text.encode("ascii" if one.encoding == "ascii" else "utf-16-le")
        assert data[one.offset : one.offset + len(raw)] == raw
    offsets = [one.offset for one in got.urls]
    assert offsets == sorted(offsets)


def test_wide_letters_outside_ascii_end_a_name() -> None:
    assert names("жname.dll".encode("utf-16-le")) == ["name.dll"]
    assert urls("жhttp://a.invalid/ж".encode("utf-16-le")) == ["http://a.invalid/"]


def test_the_end_of_ascii_text_in_front_of_a_wide_name_is_read_both_ways() -> None:
    data = b"\0\0some1\0" + "render.dll".encode("utf-16-le")
    for shifted in (data, b"\0" + data):
        assert set(names(shifted)) >= {"render.dll"}
    assert set(names(data)) | set(names(b"\0" + data)) == {"render.dll", "1render.dll"}
