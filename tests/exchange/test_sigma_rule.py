from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sigma.rule import SigmaRule as Theirs
from sigma.types import SigmaString

from unrig.exchange.sigma_rule import FieldMatch, Search, SigmaRule, attack_tags, literal, rule_uuid, write_rule

TEXT = st.text(min_size=1, max_size=30)
HOSTILE = (
    "'",
    "''",
    '"',
    ": x",
    "# x",
    "- x",
    "{a: b}",
    "[x]",
    "*a",
    "&a",
    "!!python/object",
    "%x",
    "|",
    ">",
    "a\n b: c",
    "\x00",
    "null",
    "~",
)


def rule(*values: str, **fields: Any) -> SigmaRule:
    made = SigmaRule(
        title="A Title",
        id=rule_uuid("x"),
        description="d",
        author="a",
        date=dt.date(2026, 1, 2),
        category="image_load",
        product="windows",
        searches=(Search(name="selection", fields=(FieldMatch(field="Hashes", values=values or ("v",)),)),),
        condition="selection",
        false_positives=("None known",),
        level="high",
    )
    return replace(made, **fields)


def shown(text: str) -> str:
    return "".join(char if char.isprintable() else "\ufffd" for char in " ".join(text.split()))


@given(st.lists(TEXT | st.sampled_from(HOSTILE), min_size=1, max_size=5), TEXT | st.sampled_from(HOSTILE))
def test_no_text_can_become_syntax(values: Any, title: Any) -> None:
    read = yaml.safe_load(write_rule(rule(*values, title=title, description=title)))
    assert read["detection"] == {"selection": {"Hashes": [shown(value) for value in values]}, "condition": "selection"}
    assert read["title"] == read["description"] == shown(title)
    assert read["level"] == "high"
    assert list(read) == [
        "title",
        "id",
        "status",
        "description",
        "author",
        "date",
        "logsource",
        "detection",
        "falsepositives",
        "level",
    ]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20))
def test_a_literal_matches_itself_alone(text: Any) -> None:
    theirs = SigmaString(literal(text))
    assert not theirs.contains_special()
    assert "".join(part for part in theirs.s if isinstance(part, str)) == text


def test_the_reference_implementation_reads_it() -> None:
    theirs = Theirs.from_yaml(write_rule(rule(tags=attack_tags(("T1553.002", "T1195.002", "T1553.002")))).decode())
    assert theirs.title == "A Title"
    assert theirs.date == dt.date(2026, 1, 2)
    assert [str(tag) for tag in theirs.tags] == ["attack.t1195.002", "attack.t1553.002"]


@pytest.mark.parametrize("searches", [(), (Search(name="s", fields=(FieldMatch(field="Image", values=()),)),)])
def test_an_empty_list_would_match_all_and_is_refused(searches: Any) -> None:
    with pytest.raises(ValueError, match="no value to look for"):
        write_rule(rule(searches=searches))


def test_ids_derive_from_what_the_rule_is_about() -> None:
    assert rule_uuid("a", "b") == rule_uuid("a", "b") != rule_uuid("a", "c")
    assert rule_uuid("a").version == 5
