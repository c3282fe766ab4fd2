"""Earlier results on a terminal: what changed first, and nothing that a name could do to it."""

from __future__ import annotations

import io

import msgspec
from rich.console import Console

from unrig.model.artifact import Release
from unrig.model.levels import VerdictWord
from unrig.report.text_again import Again, show


def _again(path: str, before: VerdictWord, now: VerdictWord, *because: str) -> Again:
    release = Release(name=path, path=path, sha256="ab" * 32, size=1, format="zip")
    return Again(release=release, before=before, now=now, because=because)


def _shown(*results: Again, quiet: bool = False) -> list[str]:
    out = io.StringIO()
    show(Console(file=out, width=200, markup=False, highlight=False), results, quiet=quiet)
    return out.getvalue().splitlines()


SAME = _again("same", VerdictWord.CLEAN, VerdictWord.CLEAN)
WORSE = _again("bad\x1b[2J", VerdictWord.CLEAN, VerdictWord.RIGGED, "new: critical some-rule: a.dll\x07")


def test_what_changed_stands_first_with_its_reasons() -> None:
    lines = _shown(SAME, WORSE)
    assert lines == [
        "clean -> rigged           bad\\x1b[2J  abababababab",
        "          new: critical some-rule: a.dll\\x07",
        "clean, as before          same  abababababab",
        "          2 results judged again, 1 changed",
    ]


def test_an_earlier_verdict_stands_where_its_facts_are_gone() -> None:
    short = msgspec.structs.replace(_again("old", VerdictWord.RIGGED, VerdictWord.INCOMPLETE, "gone: x"), whole=False)
    assert _shown(SAME, short) == [
        "rigged, needs bytes       old  abababababab",
        "          gone: x",
        "clean, as before          same  abababababab",
        "          2 results judged again, 0 changed, 1 need their bytes: vet them anew",
    ]


def test_quiet_says_what_changed_only() -> None:
    assert _shown(SAME, WORSE, quiet=True) == [
        "clean -> rigged           bad\\x1b[2J  abababababab",
        "          2 results judged again, 1 changed",
    ]
