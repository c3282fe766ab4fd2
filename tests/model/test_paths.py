"""Labels: printable, reversible, the same by the short way and the long one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.model import paths
from unrig.model.paths import file_name, inside, label, parts, unlabel


@given(st.one_of(st.binary(max_size=60), st.text("ab!/%\\ ~é", max_size=30).map(str.encode)))
def test_a_label_gives_its_bytes_back(raw: bytes) -> None:
    assert unlabel(label(raw)) == raw
    assert "!/" not in label(raw)
    assert label(raw).isprintable() or not raw.isascii()


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_the_short_way_gives_what_the_long_one_does(text: str) -> None:
    long_way = "".join(map(paths._label_char, text)).replace("!/", "%21/")
    assert label(text.encode()) == long_way


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"plain/name.txt", "plain/name.txt"),
        (b"100%", "100%25"),
        (b"a\\b", "a%5Cb"),
        (b"a!/b", "a%21/b"),
        (b"a!b", "a!b"),
        (b"a\nb", "a%0Ab"),
        (b"latin-\xe9", "latin-%E9"),
        ("ü".encode(), "ü"),
        ("\u202egpj".encode(), "%E2%80%AEgpj"),
        (b"", ""),
    ],
)
def test_what_would_mislead_is_written_in_hex(raw: bytes, expected: str) -> None:
    assert label(raw) == expected


def test_paths_go_through_containers() -> None:
    path = inside(inside("a.zip", "b.tgz"), "c/d")
    assert path == "a.zip!/b.tgz!/c/d"
    assert parts(path) == ("a.zip", "b.tgz", "c/d")
    assert file_name(path) == "d"
    assert inside("", "x") == "x"
