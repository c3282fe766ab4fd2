"""Bills of materials of products that embed the client, or nearly: by hash, of the release before, by name alone."""

from __future__ import annotations

import hashlib

from msgspec import Struct

from unrig.drill.build.fleet import shuffled
from unrig.drill.build.line_up import Shown
from unrig.drill.build.sbom import SPEC_VERSIONS, Part, Product, write
from unrig.drill.build.seeds import between, pick, stream

_PRODUCTS = ("Copperline Suite", "Dovecote Kiosk", "Ferry Console", "Granary Desk", "Mill Operator")
_PARTS = ("inkwell", "lantern-core", "pebble", "reedwork", "tinder")


class Bills(Struct, frozen=True, kw_only=True):
    """The bills by file name, and which product embeds the rigged release."""

    files: dict[str, bytes]
    embedded: tuple[str, ...]
    not_embedded: tuple[str, ...]


def bills(seed: int, rigged: Shown, baseline: Shown) -> Bills:
    """Return three bills: one names a rigged file or package, one the same of the release before, one no hash."""
    names = shuffled(seed, "bills", _PRODUCTS)[:3]
    thing = _thing(seed, rigged)
    bare = Part(name=rigged.truth.product, version=rigged.truth.version)
    products = [
        _product(seed, name, part) for name, part in zip(names, (thing, _thing(seed, baseline), bare), strict=True)
    ]
    version = pick(seed, "bills/version", SPEC_VERSIONS)
    files = {f"{each.name.lower().replace(' ', '-')}.cdx.json": write(each, version, seed) for each in products}
    shown = [f"{each.name} {each.version}" for each in products]
    return Bills(files=dict(sorted(files.items())), embedded=(shown[0],), not_embedded=tuple(shown[1:]))


def _thing(seed: int, release: Shown) -> Part:
    """Return the package as distributed, or one of the two libraries; the same kind for every release."""
    choices = ["carrier", "reader", *(["package"] if release.shipped.sha256 else [])]
    choice = pick(seed, "bills/thing", choices)
    truth = release.truth
    if choice == "package":
        return Part(name=release.shipped.path, version=truth.version, sha256=release.shipped.sha256, distributed=True)
    path = truth.carrier if choice == "carrier" else truth.reader
    sha256 = hashlib.sha256(release.files[path]).hexdigest()
    return Part(name=path.rsplit("/", 1)[-1], version=truth.version, sha256=sha256)


def _product(seed: int, name: str, part: Part) -> Product:
    """Return a product with the part among others, at the top or inside one of them."""
    others = [
        Part(
            name=each,
            version=f"{between(seed, f'{name}/{each}', 0, 9)}.1",
            sha256=stream(seed, f"{name}/{each}", 32).hex(),
        )
        for each in shuffled(seed, f"bills/{name}", _PARTS)[:3]
    ]
    if between(seed, f"bills/{name}/inside", 0, 1):
        others[0] = Part(name=others[0].name, version=others[0].version, sha256=others[0].sha256, parts=(part,))
    else:
        others.insert(between(seed, f"bills/{name}/at", 0, 3), part)
    return Product(name=name, version=f"{between(seed, f'bills/{name}/major', 1, 12)}.0", parts=tuple(others))
