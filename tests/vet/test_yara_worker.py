"""The worker's part: what yara-x itself finds, with its places; a rule that does not compile costs no other."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest
import yara_x
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.model.errors import LimitError
from unrig.model.yara import YaraFacts
from unrig.vet import yara_worker
from unrig.vet.yara_calls import Compiled, CompileRequest, Source

WORDS = """
rule one { meta: description = "first" reference = "https://e.invalid" score = 60 strings: $a = "alpha" $b = "beta" condition: any of them }
rule two { strings: $a = { 67 61 6d 6d 61 } condition: $a at 0 }
rule empty { condition: filesize == 0 }
"""


@contextmanager
def compiled(*texts: str) -> Iterator[tuple[Compiled, int]]:
    with tempfile.TemporaryFile() as given_, tempfile.TemporaryFile() as target:
        sources = [Source(sha256=f"{n:064x}", origin=f"pack-{n}", text=text) for n, text in enumerate(texts)]
        given_.write(msgspec.msgpack.encode(sources))
        given_.seek(0)
        yield (
            yara_worker.compile_rules(CompileRequest(), (given_.fileno(), target.fileno())),
            target.fileno(),
        )
        yara_worker._SCANNERS.clear()


def scanned(data: bytes, *texts: str) -> YaraFacts:
    with compiled(*texts) as (_, rules):
        return yara_worker.scan(memoryview(data), rules)


def test_a_match_says_where_and_what_its_rule_says_of_itself() -> None:
    (match,) = scanned(b"xx alpha yy beta", WORDS).matches
    assert (match.rule, match.pack, match.places) == ("one", "0" * 64, 2)
    assert [(span.offset, span.length, bytes.fromhex(span.window)) for span in match.spans] == [
        (3, 5, b"alpha"),
        (12, 4, b"beta"),
    ]
    assert (match.description, match.reference, match.score) == ("first", "https://e.invalid", 60)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([b"alpha", b"beta", b"gamma", b"x", b"\0", b"alph"]), max_size=12).map(b"".join))
def test_it_finds_what_the_engine_finds(data: bytes) -> None:
    plain = yara_x.compile(WORDS).scan(data)
    wanted = {
        rule.identifier: sorted({(m.offset, m.length) for p in rule.patterns for m in p.matches})
        for rule in plain.matching_rules
    }
    found = scanned(data, WORDS).matches
    assert {match.rule: match.places for match in found} == {name: len(places) for name, places in wanted.items()}
    for match in found:
        assert [(span.offset, span.length) for span in match.spans] == wanted[match.rule][: yara_worker.SPANS]


def test_two_packs_may_have_a_rule_of_one_name() -> None:
    other = 'rule one { strings: $a = "alpha" condition: $a }'
    found = scanned(b"alpha", WORDS, other).matches
    assert [(match.pack[-1], match.rule) for match in found] == [("0", "one"), ("1", "one")]


def test_a_broken_rule_is_named_with_its_line_and_costs_no_other() -> None:
    text = "rule good { condition: true }\n\nrule broken {\n  condition:\n    nothing_such\n}\n" + WORDS
    with compiled(text) as (done, rules):
        (rejected,) = done.rejected
        assert (rejected.origin, rejected.rule, rejected.line) == ("pack-0", "broken", 5)
        assert "nothing_such" in rejected.what
        assert [match.rule for match in yara_worker.scan(memoryview(b"alpha"), rules).matches] == ["good", "one"]


@pytest.mark.parametrize(
    "text",
    [
        "rule a { condition: ",
        "rule a { strings: $a = /[/ condition: $a }",
        'include "/etc/passwd"\nrule a { condition: true }',
        'import "nothing"\nrule a { condition: nothing.x }',
        "rule a { condition: true }\nrule a { condition: true }",
    ],
)
def test_a_broken_source_costs_no_other(text: str) -> None:
    with compiled(text, WORDS) as (done, rules):
        assert done.rejected
        assert all(one.what for one in done.rejected)
        assert "one" in [match.rule for match in yara_worker.scan(memoryview(b"alpha"), rules).matches]


def test_public_rules_may_use_the_variables_and_loose_expressions() -> None:
    text = r"""
    rule by_name { strings: $a = /alpha{,2}\-x/ condition: $a or filename == "x" or owner contains "root" }
    rule no_name { condition: filename == "" and filepath == "" and extension == "" and filetype == "" }
    """
    with compiled(text) as (done, rules):
        assert done.rejected == ()
        assert [match.rule for match in yara_worker.scan(memoryview(b""), rules).matches] == ["no_name"]


def test_many_places_are_counted_and_few_kept() -> None:
    (match,) = scanned(b"alpha" * 1000, WORDS).matches
    assert (match.places, len(match.spans)) == (1000, yara_worker.SPANS)


def test_a_score_that_is_none_is_none() -> None:
    text = 'rule a { meta: score = "high" condition: true } rule b { meta: score = 900 condition: true }'
    assert [match.score for match in scanned(b"", text).matches] == [-1, -1]


def test_a_file_above_the_budget_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yara_worker, "LARGEST", 10)
    with pytest.raises(LimitError, match="10 bytes"):
        scanned(b"alpha and beta", WORDS)
