"""Every page of this folder, section by section, and that each page proves its rule."""

from __future__ import annotations

import importlib
from pathlib import Path

import msgspec
import pytest
import rule_pages
from rule_pages import Expected, PageError, Section, Setting, Twin

from unrig.drill.build.payload import Kind, PayloadSpec
from unrig.model.levels import Severity
from unrig.model.rule import Rule
from unrig.vet.detect import RULES

PAGES = {name: rule_pages.sections(path.read_text()) for name, path in rule_pages.pages(Path(__file__).parent).items()}
SECTIONS = [
    pytest.param(name, section, id=f"{name}: {section.title}") for name, page in PAGES.items() for section in page
]


def rule(name: str) -> Rule:
    found = importlib.import_module(f"unrig.vet.detect.{name}").RULE
    assert isinstance(found, Rule)
    return found


def test_every_rule_has_a_page_or_tests_of_its_own() -> None:
    """A page, unless no writer of the drill makes the files that the rule is about."""
    rules, here = {one.id.replace("-", "_") for one in RULES}, Path(__file__).parent
    assert set(PAGES) <= rules
    assert [name for name in sorted(rules - set(PAGES)) if not (here / f"test_{name}.py").exists()] == []


@pytest.mark.parametrize(("name", "section"), SECTIONS)
def test_section(name: str, section: Section) -> None:
    rule_pages.check_section(rule(name), section)


@pytest.mark.parametrize("name", PAGES)
def test_page_proves_its_rule(name: str) -> None:
    rule_pages.check_page(rule(name), PAGES[name])


@pytest.mark.parametrize("name", PAGES)
def test_a_rule_that_says_nothing_or_everything_fails_its_page(name: str) -> None:
    """The pages can fail: a mute rule misses its hits, a rule that cries wolf hits its twins."""
    mute = msgspec.structs.replace(rule(name), check=lambda *_: iter(()))
    hits = [section for section in PAGES[name] if section.expected]
    assert all(rule_pages.mismatches(hit, rule_pages.findings((mute,), hit.setting)) for hit in hits)
    for section in PAGES[name]:
        loud = [
            msgspec.structs.replace(finding, severity=Severity.CRITICAL)
            for finding in rule_pages.findings((rule(name),), section.setting)
        ]
        if section.twin and loud:
            assert rule_pages.mismatches(section, loud)


@pytest.mark.parametrize("name", PAGES)
def test_a_rule_never_speaks_louder_than_it_declares(name: str) -> None:
    """Its declared severity is the worst of its page, so that no reader of the reference is surprised."""
    worst = [wanted.severity for section in PAGES[name] for wanted in section.expected]
    assert rule(name).severity in worst
    order = list(Severity)
    assert max(worst, key=order.index) is rule(name).severity


GOOD = """# rule

## Hit

Why.

```toml
[files."a.dll"]
signed.table.padding = { size = 100 }
```

```expect
critical a.dll: ride inside
```

## Calm

Twin of: Hit; differs in: `table.padding.kind`

Why not.

```toml
[files."a.dll"]
signed.table.padding = { size = 100, kind = "ascii" }
```

```expect
silent
```
"""


def test_a_page_is_read() -> None:
    hit, calm = rule_pages.sections(GOOD)
    assert hit.title == "Hit"
    assert hit.prose == "Why."
    assert hit.expected == (Expected(severity=Severity.CRITICAL, paths=("a.dll",), words="ride inside"),)
    assert calm.twin == Twin(of="Hit", field="table.padding.kind")
    signed = calm.setting.files["a.dll"].signed
    assert signed is not None
    assert signed.table.padding == PayloadSpec(size=100, kind=Kind.ASCII)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("padding = { size = 100 }", "paddling = { size = 100 }", "paddling"),
        ("padding = { size = 100 }", 'padding = { size = "much" }', "Expected `int`"),
        ("[files.", "[file.", "file"),
        ("critical a.dll: ride", "grave a.dll: ride", "grave"),
        ("critical a.dll: ride inside", "", "empty"),
        ("; differs in: `table.padding.kind`", "", "Twin of"),
        ("```expect", "```expected", "expected one toml"),
    ],
)
def test_a_slip_in_a_page_is_told(old: str, new: str, complaint: str) -> None:
    with pytest.raises(PageError, match=complaint):
        rule_pages.sections(GOOD.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('kind = "ascii"', 'kind = "ascii" }\nsigned.table.between = { size = 1', "also in"),
        (', kind = "ascii"', "", "the same as"),
        ("silent", "medium a.dll: ride", "silent, info or low"),
        ("critical a.dll", "low a.dll", "at medium or above"),
        ("Twin of: Hit", "Twin of: Nothing", "no section"),
        ("Why.", "", "no prose"),
        ("## Calm", "## Hit", "one title"),
        ("Twin of: Hit; differs in: `table.padding.kind`", "", "no benign twin"),
    ],
)
def test_a_page_that_proves_nothing_is_told(old: str, new: str, complaint: str) -> None:
    page = rule_pages.sections(GOOD.replace(old, new, 1))
    with pytest.raises(AssertionError, match=complaint):
        rule_pages.check_page(RULES[0], page)


def test_what_is_missing_and_what_nobody_asked_for_are_told() -> None:
    hit, calm = rule_pages.sections(GOOD)
    padding = rule("signature_padding")
    found = rule_pages.findings((padding,), hit.setting)
    assert rule_pages.mismatches(hit, found) == []
    assert rule_pages.mismatches(hit, ())[0].startswith("missing: critical a.dll")
    assert rule_pages.mismatches(calm, found)[0].startswith("not expected: critical a.dll")
    milder = [msgspec.structs.replace(each, severity=Severity.HIGH) for each in found]
    assert len(rule_pages.mismatches(hit, milder)) == 2


def test_differences_name_every_field() -> None:
    first = rule_pages.setting("", '[files."a.dll"]\nseed = 1\npe.strings = ["x"]')
    second = rule_pages.setting("", 'crls = true\n[files."a.dll"]\nseed = 2\npe.strings = ["x", "y"]')
    assert rule_pages.differences(first, second) == {"crls", "files.a.dll.seed", "files.a.dll.pe.strings.1"}
    assert rule_pages.differences(first, first) == set()
    assert isinstance(first, Setting)
