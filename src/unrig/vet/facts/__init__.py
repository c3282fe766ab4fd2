"""One extractor of facts a file; facts never judge. A new extractor is one line here."""

from unrig.model.fact import Extractor
from unrig.vet.facts import archive, asar, image, msi, pe, signature, strings

EXTRACTORS: tuple[Extractor, ...] = (
    archive.EXTRACTOR,
    asar.EXTRACTOR,
    image.EXTRACTOR,
    msi.EXTRACTOR,
    pe.EXTRACTOR,
    signature.EXTRACTOR,
    strings.EXTRACTOR,
)
