"""What the page of a release says, and where on it the hidden bytes are drawn."""

import re

import msgspec
import page_kit
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.model.levels import VerdictWord
from unrig.model.place import Evidence, Range
from unrig.model.results import VetResult
from unrig.report import html
from unrig.report.vet_view import SCALE, THINNEST, view_of


def page_of(result: VetResult) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.render_result(result).decode()))


@pytest.mark.parametrize(
    "said",
    [
        "277,128 bytes more, which no document carries",
        "55.5% of a file of 500,000 bytes",
        "expected found plain plain",
        "rigged plain plain plain",
        "Do not ship, install or run it.",
        "Match and block by SHA-256 only",
        "400 500,000",
        "1 changed, 1 added",
        "in the baseline in this release",
        "plain: rule-2".replace(": ", " "),
        "Ranges that no structure explains: 1",
        "Not looked at, or not all of it: 1",
        "1 component told by name and version",
        "CN=Plain, O=Plain Ltd",
        "Packs in force",
        "manifest: anything in the folder of plain plain",
        "network name: suffix plain",
        "waived: plain",
        "sealed by: plain",
    ],
)
def test_the_page_says(said: str) -> None:
    result = page_kit.vet()
    waived = msgspec.structs.replace(result, findings=(page_kit.finding("plain"),))
    assert said in page_of(waived)


def test_a_release_without_anything_says_so() -> None:
    result = msgspec.structs.replace(
        page_kit.vet(),
        verdict=VerdictWord.CLEAN,
        complete=True,
        **dict.fromkeys(("findings", "leads", "changes", "baselines", "components", "waived", "packs", "problems"), ()),
    )
    text = page_of(result)
    for said in (
        "No findings",
        "Nothing was found that speaks against",
        "no baseline was given",
        "No file names a product",
        "No waiver was used",
        "nothing to hunt for",
    ):
        assert said in text


def test_the_real_thing_shows_its_hidden_bytes(rigged: VetResult) -> None:
    content = html.render_result(rigged).decode()
    (finding, *_others) = rigged.findings
    window = bytes.fromhex(finding.evidence[0].window)
    assert len(window) == 256
    marked = re.findall(r"<mark>([0-9a-f ]+)</mark>", content)
    assert "".join(marked).replace(" ", "").startswith(window.hex())
    assert "a.zip!/x: expected a member in the clear" in content


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 600_000), st.integers(0, 600_000))
def test_the_strip_stays_in_its_file(offset: int, length: int) -> None:
    view = view_of(page_kit.vet())
    strip = view.strip(Evidence(place=Range(artifact="a1", offset=offset, length=length), what="x"))
    assert strip is not None
    assert strip.start >= 0
    assert strip.width >= THINNEST
    assert strip.start + strip.width <= SCALE + THINNEST


def test_what_is_no_range_of_a_known_file_has_no_strip() -> None:
    view = view_of(page_kit.vet())
    finding = page_kit.finding("plain")
    assert [view.strip(one) is None for one in finding.evidence] == [False, True, True]
    assert view.strip(Evidence(place=Range(artifact="gone", offset=0, length=1), what="x")) is None
