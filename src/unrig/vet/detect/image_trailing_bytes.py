"""Bytes stand in an image where no viewer looks: behind its end, or between its parts.

Sees:      what follows the end that a bitmap, GIF, icon, JPEG, PNG or WebP has by its own structure, and what its parts
           leave between them: Base64, hex, another file, or bytes as uniform as encrypted ones are.
Matters:   such an image shows as ever while it carries addresses or a payload (the icons in which 3CX's loader looked
           up its servers); a file that is two formats passes filters that look at one.
Blind to:  data in the pixels, in metadata (EXIF, XMP, ICC profiles, comments) and in private chunks; fewer than 64
           bytes; images inside other formats (resources of programs, documents).
False positives:  cameras and image editors that write what they need behind the picture (previews, films of motion
           photos): low where it is an image or short; comments and version marks in text: low.
Measured:  49 judging release pairs, 34 files of its kind in 8 of them: 0 at medium or above,
           0 below (`make measure`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from msgspec import Struct

from unrig.model.image import ImageFacts
from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.rule import Hit, Rule
from unrig.model.signature import Bytes, Nature
from unrig.vet.hidden import SMALLEST_PAYLOAD, Hidden, text_severity, weigh

SMALLEST = 64
"""Bytes: of fewer, a measure of uniformity tells nothing (machine code passes for random in 6 % at 32 bytes and in none
at 64, see `formats.entropy`), and 48 encoded ones are the first to hold a key with its initial value."""
ALIGNMENT = 8
"""Zeros up to here are padding, of which no writer of images makes more."""
IMAGES = frozenset({"bmp", "gif", "ico", "jpeg", "png", "webp"})
WORDS: Mapping[str, str] = MappingProxyType(
    {"random": "bytes as uniform as encrypted ones", "address": "an address", "opaque": "bytes of no known format"}
)


class _Stretch(Struct, frozen=True, kw_only=True):
    """Bytes that the image does not need, where, and what they look like."""

    where: str
    bytes: Bytes
    looks_like: str = ""
    decodes_to: str = ""


def check(facts: ImageFacts) -> Iterator[Hit]:
    """Yield one hit for each stretch that is more than padding."""
    for stretch in _stretches(facts):
        extra = stretch.bytes
        if extra.nonzero == 0 and extra.span.length <= ALIGNMENT:
            continue
        seen = stretch.looks_like or extra.nature
        yield Hit(
            what=f"{extra.span.length:,} bytes ({seen}) stand {stretch.where} the {facts.format} image"
            + (f" and decode to {WORDS.get(stretch.decodes_to, stretch.decodes_to)}" if stretch.decodes_to else ""),
            spans=(extra.span,),
            expected="none",
            observed=f"{extra.span.length:,} bytes, {extra.entropy:.2f} bits a byte",
            severity=_severity(stretch),
        )


def _stretches(facts: ImageFacts) -> Iterator[_Stretch]:
    for gap in facts.gaps:
        yield _Stretch(where="between the parts of", bytes=gap)
    if facts.trailing is not None:
        yield _Stretch(
            where="behind the end of", bytes=facts.trailing, looks_like=facts.looks_like, decodes_to=facts.decodes_to
        )


def _severity(stretch: _Stretch) -> Severity:
    """Return what a stretch weighs: a payload, a mark, or padding."""
    extra = stretch.bytes
    if extra.nature is Nature.ZEROS or extra.nonzero < SMALLEST:
        return Severity.INFO
    if stretch.looks_like in IMAGES:
        return Severity.LOW
    if stretch.looks_like:
        return Severity.MEDIUM
    if extra.nature is Nature.ASCII:
        return Severity.LOW if text_severity(weigh([_hidden(stretch)])) is Severity.LOW else Severity.MEDIUM
    heavy = extra.nature is Nature.RANDOM or extra.nonzero >= SMALLEST_PAYLOAD
    return Severity.MEDIUM if heavy else Severity.LOW


def _hidden(stretch: _Stretch) -> Hidden:
    return Hidden(where=stretch.where, bytes=stretch.bytes)


RULE = Rule(
    id="image-trailing-bytes",
    title="Bytes in an image that no viewer looks at",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.NURSERY,
    techniques=("T1027.003", "T1027.009"),
    over="artifact",
    reads=(ImageFacts,),
    check=check,
    benign="a camera's preview or film behind the picture, or an editor's version mark",
)
