"""Markdown for a job's summary: true, bounded, and nothing in a release becomes markup."""

import msgspec
import page_kit
import pytest

from unrig.model.results import VetResult
from unrig.report import markdown


def test_it_says_what_the_terminal_says(rigged: VetResult) -> None:
    text = markdown.encode(rigged).decode()
    assert text.startswith("# RIGGED: a\n")
    assert "Match and block by SHA-256" in text
    assert "| critical | signature-padding | ä b#?%25.dll: 30,002 bytes" in text
    assert "1 part not looked at" in text
    assert "a.zip\\!/x: expected a member in the clear" in text


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("<img src=x>", "\\<img src=x\\>"),
        ("a | b", "a \\| b"),
        ("`code` *bold* __x__", "\\`code\\` \\*bold\\* \\_\\_x\\_\\_"),
        ("[x](http://e.invalid)", "\\[x\\](http\\://e.invalid)"),
        ("www.e.invalid", "www\\.e.invalid"),
        ("&lt;b&gt;", "\\&lt;b\\&gt;"),
        ("two\nlines", "two\\\\nlines"),
        ("# head", "\\# head"),
        ("12. item", "12\\. item"),
    ],
)
def test_nothing_in_a_release_becomes_markup(hostile: str, shown: str) -> None:
    text = markdown.encode(page_kit.vet(hostile)).decode()
    assert f"- {shown}\n" in text
    assert f"| {shown} |" in text


def test_many_findings_are_cut_and_counted() -> None:
    one = page_kit.finding("plain")
    result = msgspec.structs.replace(page_kit.vet(), findings=(one,) * 1234, problems=(page_kit.problem(),) * 33)
    text = markdown.encode(result).decode()
    assert text.count("rule-1") == markdown.MOST
    assert f"And {1234 - markdown.MOST} more" in text
    assert f"- and {33 - markdown.FEW} more" in text
