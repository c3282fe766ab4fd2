"""Images as a public site hosts them: icons with text behind their end, and their innocent twins."""

from __future__ import annotations

import hashlib

from unrig.drill.build.image import ImageKind, ImageSpec, build_image
from unrig.drill.build.payload import NOTHING, Kind, PayloadSpec, fill
from unrig.drill.build.seeds import between, derive, pick
from unrig.drill.build.truth import HiddenTruth, PlaceTruth

_STEMS = ("icon", "glyph", "tile", "mark")
_SIDES = (16, 24, 32, 48)


def hosted_images(seed: int, *, carrying: bool) -> dict[str, bytes]:
    """Return paths and bytes of six to sixteen icons; with `carrying` most of them hold Base64 behind their end."""
    return {path: build_image(_spec(own, carrying=carrying), own) for path, own in _icons(seed)}


def hidden_in_images(seed: int) -> tuple[HiddenTruth, ...]:
    """Return what the carrying images hold."""
    found = []
    for path, own in _icons(seed):
        spec = _spec(own, carrying=True)
        if spec.trailing.size:
            data = build_image(spec, own)
            size = len(fill(own, "image/trailing", spec.trailing))
            place = PlaceTruth(what="Base64 behind the image", offset=len(data) - size, size=size)
            sha256 = hashlib.sha256(data).hexdigest()
            found.append(HiddenTruth(path=path, sha256=sha256, how="image", places=(place,), told="medium"))
    return tuple(found)


def _icons(seed: int) -> list[tuple[str, int]]:
    """Return each icon's path and its own seed."""
    stem = pick(seed, "icon stem", _STEMS)
    return [(f"{stem}{at}.ico", derive(seed, f"icon/{at}")) for at in range(between(seed, "icons", 6, 16))]


def _spec(own: int, *, carrying: bool) -> ImageSpec:
    hidden = PayloadSpec(size=between(own, "hidden", 90, 900), kind=Kind.BASE64)
    carries = carrying and between(own, "carries", 0, 7) > 0
    side = pick(own, "side", _SIDES)
    return ImageSpec(
        kind=ImageKind.ICO,
        width=side,
        height=side,
        count=between(own, "images", 1, 3),
        trailing=hidden if carries else NOTHING,
    )
