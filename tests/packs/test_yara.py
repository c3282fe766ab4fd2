"""YARA packs: text is taken or refused whole; what it calls itself stands above its first rule."""

from __future__ import annotations

import pytest

from unrig.model.errors import FormatError
from unrig.packs import yara

RULE = 'rule harmless { strings: $a = "words" condition: $a }\n'


@pytest.mark.parametrize("mark", ["// ", "//", " * ", "# "])
def test_comments_above_the_first_rule_name_the_pack(mark: str) -> None:
    head = "".join(f"{mark}{line}\n" for line in ("name: vendor-rules", "version: 3 ", "licence: CC0-1.0"))
    before, after = ("/*\n", "*/\n") if "*" in mark else ("", "")
    read = yara.read((before + head + after + RULE).encode(), "x.yar")
    assert (read.name, read.version, read.licence) == ("vendor-rules", "3", "CC0-1.0")
    assert RULE in read.content.text


def test_what_stands_in_a_rule_names_nothing() -> None:
    read = yara.read((RULE + "// name: not this\nrule b { meta: name = 1 condition: true }").encode(), "x.yar")
    assert read.name == ""


@pytest.mark.parametrize("start", ["rule a", "private rule a", "global private rule a", 'import "pe"\nrule a'])
def test_a_rule_is_known_however_it_begins(start: str) -> None:
    assert yara.read(f"{start} {{ condition: true }}".encode(), "x.yar").content.text


@pytest.mark.parametrize("text", ["", "no rules", "// rule a { condition: true }", "rules of the house"])
def test_text_without_a_rule_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match="at least one YARA rule"):
        yara.read(text.encode(), "x.yar")


def test_other_encodings_are_refused_with_their_place() -> None:
    with pytest.raises(FormatError, match=r"x\.yar: byte 5"):
        yara.read(b"rule \xff", "x.yar")


def test_a_byte_order_mark_is_no_part_of_the_rules() -> None:
    assert yara.read(b"\xef\xbb\xbf" + RULE.encode(), "x").content.text == RULE


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yara, "LARGEST", 10)
    with pytest.raises(FormatError, match="at most 10 bytes"):
        yara.read(RULE.encode(), "x.yar")
