"""A user agent in the release names another version of the product than the release is.

Sees:      user agents in programs and scripts with a token of the product's own name (that of the release, of a program
           or a package in it) whose version agrees with no version that the release, its programs or packages state.
Matters:   code that somebody wrote against an older release keeps its version (3CX's implant called itself 18.11.1197 in
           18.12); the product itself fills in its own.
Blind to:  user agents built at run time, tokens of other names, versions that fit.
False positives:  a text that nobody updates: low unless one of the first two numbers differs.
Measured:  49 judging release pairs, 10,985 files of its kind in 49 of them: 0 at medium or above,
           0 below (`make measure`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.markers import Marker, MarkerFacts
from unrig.model.paths import file_name
from unrig.model.pe import PeFacts
from unrig.model.place import Span
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule
from unrig.model.script import ScriptFacts

TOKEN = re.compile(r"(?<![\w.-])([A-Za-z0-9][\w.-]{2,63})/(\d{1,5}(?:\.\d{1,6}){1,3})(?![\w.])")
"""RFC 9110 10.1.5: product/version, here with two numbers or more."""
NUMBERS = re.compile(r"\d{1,6}(?:\.\d{1,6}){1,3}")
WEIGHTY = 2
"""Of a version's numbers, the first: a build number alone is often left as it was."""
ENGINES = frozenset(
    {"mozilla", "applewebkit", "chrome", "safari", "gecko", "firefox", "edge", "edg", "version", "electron"}
)
"""Tokens that nearly every user agent has for reasons of history."""


class _Stated(Struct, frozen=True, kw_only=True):
    """One version under one name."""

    name: str
    version: str


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each token of the product with a version that nothing else of it has."""
    stated = tuple(_stated(release))
    names = {one.name for one in stated}
    for view in release.artifacts:
        markers = view.facts.get(MarkerFacts)
        for marker in markers.markers if isinstance(markers, MarkerFacts) else ():
            if marker.kind != "user_agent":
                continue
            for token in TOKEN.finditer(marker.text):
                if _plain(token[1]) in names - ENGINES:
                    yield from _compared(view, marker, token, stated)


def _stated(release: ReleaseView) -> Iterator[_Stated]:
    """Yield the versions that a release and its parts say they are."""
    if release.release.version:
        yield _Stated(name=_plain(release.release.name), version=release.release.version)
    for view in release.artifacts:
        pe, script = view.facts.get(PeFacts), view.facts.get(ScriptFacts)
        if isinstance(pe, PeFacts):
            yield from _of_program(view, pe)
        if isinstance(script, ScriptFacts) and script.language == "package" and script.version:
            yield _Stated(name=_plain(script.name), version=script.version)


def _of_program(view: ArtifactView, pe: PeFacts) -> Iterator[_Stated]:
    names = {pe.version_info.get("ProductName", ""), file_name(view.artifact.path).rpartition(".")[0]}
    for key in ("ProductVersion", "FileVersion"):
        found = NUMBERS.search(pe.version_info.get(key, ""))
        if found:
            yield from (_Stated(name=_plain(name), version=found.group()) for name in names if name)


def _compared(view: ArtifactView, marker: Marker, token: re.Match[str], stated: Sequence[_Stated]) -> Iterator[Hit]:
    versions = sorted({one.version for one in stated if one.name == _plain(token[1])})
    alike = max((_alike(token[2], version) for version in versions), default=0)
    if alike >= len(token[2].split(".")) or any(alike >= len(version.split(".")) for version in versions):
        return
    yield Hit(
        what=f"calls itself {token[0]} to servers; the release says {' and '.join(versions)}",
        spans=(Span(offset=marker.offset, length=marker.length),),
        keys=(f"user-agent/{token[0]}",),
        artifacts=(view.artifact.id,),
        expected=f"{token[1]}/{versions[-1]}",
        observed=marker.text,
        severity=Severity.MEDIUM if alike < WEIGHTY else Severity.LOW,
    )


def _alike(first: str, second: str) -> int:
    """Return how many of the first numbers of two versions agree."""
    count = 0
    for one, other in zip(first.split("."), second.split("."), strict=False):
        if not other.isdigit() or int(one) != int(other):
            break
        count += 1
    return count


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


RULE = Rule(
    id="version-contradiction",
    title="A user agent that names another version of the product",
    severity=Severity.MEDIUM,
    confidence=Confidence.LOW,
    maturity=Maturity.STABLE,
    techniques=("T1071.001", "T1036"),
    over="release",
    reads=(MarkerFacts,),
    check=check,
    benign="a text that nobody updates",
)
