"""The page says what the results say, needs nothing but itself, and obeys no text of a case."""

import base64
import hashlib
import itertools
import re
from html.parser import HTMLParser

import msgspec
import page_kit
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.model.claim import Claim, ClaimBasis, Speaker
from unrig.model.moment import Basis, Moment, Precision
from unrig.report import html, html_values

VOID = {"meta", "br", "hr", "img", "link", "input"}
ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "header", "nav", "main", "section", "article", "footer", "div"),
    *("h1", "h2", "h3", "h4", "h5", "p", "ul", "ol", "li", "a", "span", "code", "pre", "mark", "details", "summary"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "svg", "rect"),
}
"""What a page is made of: nothing that loads, runs, frames or posts."""
ADDRESSES = {"href", "src", "action", "srcset", "data", "poster", "formaction", "background"}


class Page(HTMLParser):
    """What a browser would see: elements, their attributes, and text."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.style = ""
        self.feed(content.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


RESULTS = (page_kit.vet(), page_kit.hunt(), page_kit.scope(), page_kit.case(), page_kit.respond())
PAGES = (html.render(page_kit.page()), *(html.render_result(result) for result in RESULTS))
NAMES = ("case page", *(result.schema for result in RESULTS))


def skeleton(content: bytes) -> list[tuple[str, tuple[str, ...]]]:
    return [(tag, tuple(sorted(attributes))) for tag, attributes in Page(content).tags]


def shown(page: html.CasePage) -> str:
    return Page(html.render(page)).text


def test_the_five_answers_stand_on_the_page_in_order() -> None:
    text = shown(page_kit.page())
    headings = ["Was it rigged?", "Where has it run", "Who has it?", "What happened", "What must be sent"]
    places = [text.index(f"{number}. {heading}") for number, heading in enumerate(headings, 1)]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "said",
    [
        "rigged plain",
        "plain at 0x1000, 277,256 bytes",
        "T1553.002 Code Signing",
        "Sightings: 2, on 2 devices (sources: 1, events: 12)",
        "Not everywhere could it have been seen.",
        "lead on 2 devices: plain",
        "affected: plain 11 90",
        "not affected: component not present 12 90",
        f"fixed, by {page_kit.BAD[:16]} 13 90",
        "under investigation: the inventory lacks plain 14 90",
        "15 devices: plain",
        "evidence: 1; inferred",
        "2026-01-02 plain plain",
        "Reports: 1; independent roots that they rest on: 1",
        "passed by plain 1: plain",
        "Replace it by plain plain, vetted clean",
        "Never block",
    ],
)
def test_what_the_results_say_is_on_the_page(said: str) -> None:
    page = page_kit.page()
    assert page.case is not None
    whole = msgspec.structs.replace(page, case=msgspec.structs.replace(page.case, claims=(a_claim(),)))
    assert said in shown(whole)


def a_claim() -> Claim:
    """Enough of a claim for the page, which only counts them."""
    when = Moment(at=page_kit.AT, precision=Precision.DAY, basis=Basis.STATED)
    return Claim(
        id="c1",
        source=Speaker(organisation="org", reliability="B"),
        said=when,
        read=when,
        about="it",
        relation="affected",
        value="x",
        words="x",
        credibility=2,
        basis=ClaimBasis.ANALYSIS,
    )


def test_devices_come_with_the_highest_score_first() -> None:
    assert list(html_values.seen_on(page_kit.hunt())) == ["loud", "quiet"]


def test_an_empty_case_says_what_was_not_done() -> None:
    text = shown(html.CasePage(id="1", name="empty", tlp="red", state="draft", revision=0))
    assert "TLP:RED" in text
    for said in ("No release was vetted", "No telemetry was hunted", "No inventory was matched", "unrig case DIR"):
        assert said in text


def test_a_long_list_is_cut_and_the_page_says_so() -> None:
    hunt = msgspec.structs.replace(page_kit.hunt(), problems=(page_kit.problem(),) * (html.FEW + 7))
    assert "and 7 more problems in the JSON document" in shown(msgspec.structs.replace(page_kit.page(), hunt=hunt))


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "</style><img src=x onerror=alert(1)>",
        "\"><a href='http://example.com'>x</a>",
        "{{ 7*7 }}{% include 'x' %}",
        "&lt;b&gt;",
    ],
)
def test_no_text_of_a_case_becomes_markup(hostile: str) -> None:
    content = html.render(page_kit.page(hostile))
    assert skeleton(content) == skeleton(html.render(page_kit.page("plain")))
    assert hostile in Page(content).text


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=60))
def test_no_text_at_all_becomes_markup(text: str) -> None:
    content = html.render(page_kit.page(f"x{text}"))
    assert skeleton(content) == skeleton(html.render(page_kit.page("plain")))


def test_characters_that_move_text_about_are_shown_not_obeyed() -> None:
    content = html.render(page_kit.page("evil\u202egpj.exe\x1b[2J\u200b")).decode()
    assert not set(content) & {"\u202e", "\x1b", "\u200b"}
    assert "evil\\u202egpj.exe\\x1b[2J\\u200b" in content


@pytest.mark.parametrize("content", PAGES, ids=NAMES)
def test_a_page_needs_nothing_but_itself(content: bytes) -> None:
    for tag, attributes in Page(content).tags:
        assert tag in ALLOWED
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ADDRESSES & set(attributes):
            assert str(attributes[name]).startswith("#")


@pytest.mark.parametrize("content", PAGES, ids=NAMES)
def test_every_link_leads_to_a_part_of_the_page(content: bytes) -> None:
    tags = Page(content).tags
    parts = [attributes["id"] for _tag, attributes in tags if "id" in attributes]
    links = {str(attributes["href"])[1:] for tag, attributes in tags if tag == "a"}
    assert len(parts) == len(set(parts))
    assert links <= set(parts)
    labelled = {attributes["aria-labelledby"] for _tag, attributes in tags if "aria-labelledby" in attributes}
    assert labelled <= set(parts)


@pytest.mark.parametrize("content", PAGES, ids=NAMES)
def test_the_policy_allows_the_one_style_by_its_hash_and_nothing_else(content: bytes) -> None:
    page = Page(content)
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in html.security_policy()
    assert html.security_policy().startswith("default-src 'none'; ")
    assert not re.search(r"unsafe|http|\*|script-src", html.security_policy())
    metas = [attributes for tag, attributes in page.tags if tag == "meta"]
    assert any(meta.get("content") and str(meta["content"]).startswith("default-src 'none'") for meta in metas)


@pytest.mark.parametrize("content", PAGES, ids=NAMES)
def test_a_page_can_be_walked_without_eyes(content: bytes) -> None:
    tags = Page(content).tags
    names = [tag for tag, _attributes in tags]
    assert names.count("main") == names.count("h1") == names.count("header") == 1
    assert tags[names.index("html")][1]["lang"] == "en"
    levels = [int(name[1]) for name in names if re.fullmatch(r"h[1-6]", name)]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), levels
    for tag, attributes in tags:
        assert tag != "svg" or attributes.get("aria-label")
        assert tag != "nav" or attributes.get("aria-label")
        assert tag != "pre" or attributes.get("tabindex") == "0"  # what scrolls must be reached by keyboard


@pytest.mark.parametrize("content", PAGES, ids=NAMES)
def test_a_table_has_a_caption_and_headed_columns(content: bytes) -> None:
    tags = Page(content).tags
    names = [tag for tag, _attributes in tags]
    assert names.count("table") == names.count("caption")
    headed = [attributes for tag, attributes in tags if tag == "th"]
    assert all(attributes.get("scope") in {"col", "row"} for attributes in headed)


def test_the_same_case_gives_the_same_bytes() -> None:
    assert html.render(page_kit.page()) == html.render(page_kit.page())
