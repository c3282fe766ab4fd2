"""Where an image ends by its own structure, and what stands behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from unrig.formats import image_bmp, image_gif, image_ico, image_jpeg, image_png, image_webp
from unrig.formats.entropy import measure
from unrig.formats.image_looks import ENCODINGS, decodes_to, looks_like
from unrig.formats.image_picture import Picture
from unrig.formats.sniff import sniff
from unrig.model.errors import FormatError
from unrig.model.fact import Extractor
from unrig.model.image import ImageFacts

MAX_GAPS = 64
READERS: Mapping[str, Callable[[memoryview], Picture]] = MappingProxyType(
    {
        "bmp": image_bmp.read,
        "gif": image_gif.read,
        "ico": image_ico.read,
        "jpeg": image_jpeg.read,
        "png": image_png.read,
        "webp": image_webp.read,
    }
)


def extract(data: memoryview) -> ImageFacts:
    """Return the facts of an image. Raises FormatError where it is none."""
    file_format = sniff(data)
    if file_format not in READERS:
        raise FormatError("image", f"one of {', '.join(READERS)}", file_format)
    picture = READERS[file_format](data)
    rest = len(data) - picture.end
    looks = looks_like(data[picture.end :]) if rest > 0 else ""
    return ImageFacts(
        format=file_format,
        true_end=picture.end,
        trailing=measure(data, picture.end, rest) if rest > 0 else None,
        looks_like=looks,
        decodes_to=decodes_to(data[picture.end :], looks) if looks in ENCODINGS else "",
        gaps=tuple(measure(data, gap.offset, gap.length) for gap in picture.gaps[:MAX_GAPS]),
        width=picture.width,
        height=picture.height,
        count=picture.count,
        damaged=picture.damaged,
    )


EXTRACTOR = Extractor(id="image", version=2, formats=tuple(READERS), fills=ImageFacts, extract=extract)
