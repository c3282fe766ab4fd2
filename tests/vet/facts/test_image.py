"""Facts of images."""

from __future__ import annotations

import base64

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build.image import ImageKind, ImageSpec, build_image
from unrig.drill.build.payload import Kind, PayloadSpec
from unrig.formats.sniff import sniff
from unrig.model.errors import FormatError
from unrig.model.image import ImageFacts
from unrig.model.signature import Nature
from unrig.vet.facts.image import EXTRACTOR, extract


def facts(data: bytes) -> ImageFacts:
    return extract(memoryview(data))


@pytest.mark.parametrize("kind", ImageKind)
def test_an_honest_image_holds_nothing_else(kind: ImageKind) -> None:
    data = build_image(ImageSpec(kind=kind, width=20, height=30))
    assert facts(data) == ImageFacts(format=kind, true_end=len(data), width=20, height=30)
    assert kind in EXTRACTOR.formats


@pytest.mark.parametrize("kind", ImageKind)
def test_what_stands_behind_is_measured(kind: ImageKind) -> None:
    data = build_image(ImageSpec(kind=kind, trailing=PayloadSpec(size=900, kind=Kind.BASE64)), 7)
    found = facts(data)
    assert found.trailing is not None
    assert (found.true_end, found.trailing.span.length) == (len(data) - 900, 900)
    assert (found.looks_like, found.trailing.nature) == ("base64", Nature.ASCII)


def test_gaps_and_counts_are_told() -> None:
    found = facts(build_image(ImageSpec(kind=ImageKind.ICO, count=4, gap=PayloadSpec(size=200))))
    assert ([gap.span.length for gap in found.gaps], found.count) == ([200] * 3, 4)
    assert {gap.nature for gap in found.gaps} == {Nature.RANDOM}


def test_gaps_are_bounded() -> None:
    found = facts(build_image(ImageSpec(kind=ImageKind.ICO, width=1, height=1, count=99, gap=PayloadSpec(size=9))))
    assert len(found.gaps) == 64


def test_what_is_no_image_is_a_format_error() -> None:
    for data in (b"", b"text", bytes(99)):
        with pytest.raises(FormatError):
            facts(data)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ImageKind), st.integers(0, 1 << 20), st.integers(1, 255), st.integers(0, 9))
def test_any_flipped_byte_gives_facts_that_can_be_kept_or_a_named_error(
    kind: ImageKind, place: int, mask: int, cut: int
) -> None:
    data = bytearray(build_image(ImageSpec(kind=kind, width=4, height=4, trailing=PayloadSpec(size=90))))
    data[place % len(data)] ^= mask
    data = data[: len(data) - cut]
    if sniff(memoryview(data)) not in EXTRACTOR.formats:
        return
    try:
        found = facts(bytes(data))
    except FormatError:
        return
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=ImageFacts) == found


@pytest.mark.parametrize(
    ("said", "decodes_to"),
    [
        (b"https://updates.example.invalid/feed/of/this/product?channel=stable&id=0123456789", "address"),
        (b"a sentence that is long enough to be an encoding of something, and Nothing 1 more", "text"),
        (bytes(range(120, 180)) * 2, "opaque"),
    ],
)
def test_what_base64_behind_an_image_says(said: bytes, decodes_to: str) -> None:
    found = facts(build_image(ImageSpec()) + base64.b64encode(said))
    assert (found.looks_like, found.decodes_to) == ("base64", decodes_to)


@pytest.mark.parametrize("kind", [Kind.BASE64, Kind.HEX])
def test_encodings_of_uniform_bytes_are_told(kind: Kind) -> None:
    found = facts(build_image(ImageSpec(trailing=PayloadSpec(size=3000, kind=kind)), 7))
    assert found.decodes_to == "random"
    assert facts(build_image(ImageSpec(trailing=PayloadSpec(size=3000, kind=Kind.ASCII)), 7)).decodes_to == ""
