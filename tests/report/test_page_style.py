"""Every pair of colours that meet on a page can be read, by day and by night (WCAG 2.2, 1.4.3: 4.5 to 1)."""

import re
from importlib import resources

import pytest

CSS = resources.files("unrig.report").joinpath("templates/page.css").read_text()
MEET = [
    *((ink, ground) for ink in ("text", "quiet", "link", "bad", "warn", "good") for ground in ("page", "panel")),
    *(("badge", ground) for ground in ("critical", "high", "medium", "low", "info", "clean")),
    ("marked", "mark"),
    ("text", "found"),
    ("text", "wanted"),
]
ENOUGH = 4.5


def palettes() -> dict[str, dict[str, str]]:
    day, night = (
        dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2]
    )
    return {"day": day, "night": {**day, **night}}


def luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("when", ["day", "night"])
@pytest.mark.parametrize(("ink", "ground"), MEET)
def test_text_stands_out(when: str, ink: str, ground: str) -> None:
    palette = palettes()[when]
    low, high = sorted((luminance(palette[ink]), luminance(palette[ground])))
    assert (high + 0.05) / (low + 0.05) >= ENOUGH


def test_the_style_loads_nothing() -> None:
    assert not re.search(r"url\(|@import|http|expression", CSS)


def test_every_class_of_the_pages_is_known_to_the_style() -> None:
    folder = resources.files("unrig.report").joinpath("templates")
    used = {
        name
        for page in folder.iterdir()
        if page.name.endswith(".html")
        for names in re.findall(r'class="([^"{]+?)[ "{]', page.read_text())
        for name in names.split()
    }
    styled = set(re.findall(r"\.([a-z_]+)", CSS))
    assert used - styled == set()
