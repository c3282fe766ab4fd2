"""Hash lists: what stands in one is read exactly, and one wrong line refuses the list."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.model.errors import FormatError
from unrig.packs import hashes

SHA = "ab" * 32
OTHER = "cd" * 32


def labels(text: str) -> dict[str, str]:
    return hashes.read(text.encode(), "list.txt").content.labels


def test_the_head_names_the_list() -> None:
    read = hashes.read(f"# name: advisory\n#version:3\n# licence: CC0-1.0\n{SHA}  loader\n".encode(), "list.txt")
    assert (read.name, read.version, read.licence) == ("advisory", "3", "CC0-1.0")


def test_a_list_without_a_head_has_no_name_of_its_own() -> None:
    assert hashes.read(SHA.encode(), "list.txt").name == ""


@pytest.mark.parametrize("between", ["  ", "\t", ",", "; "])
def test_a_label_follows_the_hash(between: str) -> None:
    assert labels(f"{SHA.upper()}{between}the loader") == {SHA: "the loader"}


def test_a_label_may_be_missing_and_comments_and_empty_lines_are_none() -> None:
    assert labels(f"\n# a comment\n{SHA}\n\n{OTHER} x\n") == {SHA: "", OTHER: "x"}


@pytest.mark.parametrize("line", [SHA[:-1], f"{SHA}0", "MD5 d41d8cd98f00b204e9800998ecf8427e", f"x {SHA}"])
def test_the_first_bad_line_is_named_and_refuses_the_list(line: str) -> None:
    with pytest.raises(FormatError, match=r"list\.txt: line 2"):
        labels(f"{OTHER} good\n{line}\n")


def test_other_encodings_are_refused_with_their_place() -> None:
    with pytest.raises(FormatError, match="byte 3"):
        hashes.read(b"# a\xff", "list.txt")


def test_a_byte_order_mark_is_no_part_of_the_first_hash() -> None:
    assert hashes.read(b"\xef\xbb\xbf" + SHA.encode(), "x").content.labels == {SHA: ""}


def test_a_list_that_is_too_large_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashes, "LARGEST", 8)
    with pytest.raises(FormatError, match="at most 8 bytes"):
        labels(SHA)


@settings(max_examples=50, deadline=None)
@given(raw=st.binary(max_size=200))
def test_any_bytes_are_a_list_or_a_format_error(raw: bytes) -> None:
    try:
        found = hashes.read(raw, "x").content.labels
    except FormatError:
        return
    assert all(len(key) == 64 and key == key.lower() for key in found)


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_a_table_names_its_columns(between: str) -> None:
    rows = (
        ("First_Seen", "SHA256_hash", "signature"),
        ("2023-03-29", SHA.upper(), "Loader"),
        ("2023-03-30", "", "url"),
    )
    assert labels("# a feed\n" + "\n".join(between.join(row) for row in rows)) == {SHA: "Loader"}


def test_a_table_may_quote_its_cells() -> None:
    assert labels(f'"sha256", "file_name"\n"{SHA}", "a, b.dll"\n') == {SHA: "a, b.dll"}


def test_a_cell_that_is_no_hash_refuses_the_table() -> None:
    with pytest.raises(FormatError, match=r"list\.txt: line 3"):
        labels(f"sha256,name\n{SHA},x\nabc,y\n")
