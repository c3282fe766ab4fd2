"""What a package.json or a wheel's METADATA asks for. Read only of files that changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from unrig.model.dependencies import DependencyFacts
from unrig.model.fact import Extractor

LONGEST = 1 << 20
LONGEST_FIELD = 512
MOST = 5000
KINDS = {
    "dependencies": "",
    "optionalDependencies": " (optional)",
    "peerDependencies": " (peer)",
    "devDependencies": " (dev)",
}
"""Of a package.json (npm's documentation); the last are not installed by those who use the package."""
REQUIRES = re.compile(r"^Requires-Dist: *([A-Za-z0-9._-]+) *(.*)$", re.MULTILINE)
"""Core metadata specifications, Requires-Dist."""


def extract(data: memoryview) -> DependencyFacts:
    """Return the dependencies of a manifest, none for any other text; never raises."""
    if len(data) > LONGEST:
        return DependencyFacts()
    text = bytes(data).decode("utf-8", "replace")
    if text.startswith("Metadata-Version:"):
        listed: Iterator[tuple[str, str]] = ((found[1], found[2]) for found in REQUIRES.finditer(text))
    elif text.lstrip().startswith("{"):
        listed = _of_npm(text)
    else:
        listed = iter(())
    pairs = [(name[:LONGEST_FIELD], asked[:LONGEST_FIELD]) for name, asked in listed]
    return DependencyFacts(requires=dict(pairs[:MOST]))


def _of_npm(text: str) -> Iterator[tuple[str, str]]:
    try:
        manifest = json.loads(text)
    except (ValueError, RecursionError):
        return
    for kind, mark in KINDS.items():
        some = manifest.get(kind) if isinstance(manifest, dict) else None
        if isinstance(some, dict):
            yield from ((f"{name}{mark}", asked if isinstance(asked, str) else "") for name, asked in some.items())


EXTRACTOR = Extractor(
    id="dependencies", version=1, formats=("text",), fills=DependencyFacts, extract=extract, stage="deep"
)
