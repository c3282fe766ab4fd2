"""Texts in a program that tell what it touches, what it calls itself and what it was built from."""

from __future__ import annotations

from unrig.formats.text_markers import find_markers
from unrig.model.fact import Extractor
from unrig.model.markers import MarkerFacts

EXTRACTOR = Extractor(
    id="markers", version=4, formats=("elf", "macho", "pe", "plist", "text"), fills=MarkerFacts, extract=find_markers
)
