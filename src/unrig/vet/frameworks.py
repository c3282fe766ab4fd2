"""Which frameworks a program is built from, told from the program itself, and their stock files beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct

from unrig.model.artifact import Component
from unrig.model.identity import Identity
from unrig.model.markers import MarkerFacts
from unrig.model.paths import file_name
from unrig.model.rule import ArtifactView

PROGRAMS = frozenset({"pe", "elf", "macho"})
# fmt: off
STOCK: Mapping[str, frozenset[str]] = MappingProxyType({
    "Electron": frozenset({
        "chrome_100_percent.pak", "chrome_200_percent.pak", "d3dcompiler_47.dll", "ffmpeg.dll", "icudtl.dat", "libegl.dll",
        "libffmpeg.so", "libffmpeg.dylib", "libglesv2.dll", "licenses.chromium.html", "resources.pak", "snapshot_blob.bin",
        "v8_context_snapshot.bin", "vk_swiftshader.dll", "vk_swiftshader_icd.json", "vulkan-1.dll",
    }),
})
"""Files of a framework's own release archive, lower case (electron-v*-win32-x64.zip and its siblings)."""
# fmt: on
TOKENS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "Electron": re.compile(r"Electron/(\d+\.\d+\.\d+)"),
        "Chromium": re.compile(r"Chrome/(\d+\.\d+\.\d+\.\d+)"),
        "Node.js": re.compile(r"node-v(\d+\.\d+\.\d+)"),
        "Qt": re.compile(r"Qt (\d+\.\d+\.\d+) \("),
    }
)


class Framework(Struct, frozen=True, kw_only=True):
    """One framework in one program."""

    name: str
    version: str
    told_by: str


def frameworks(view: ArtifactView, beside: Sequence[str] = ()) -> Iterator[Framework]:
    """Yield what a program is built from; nothing of a framework that it names in several versions.

    `beside` are the lower-case names of the files in its folder.
    """
    markers = view.facts.get(MarkerFacts)
    if not isinstance(markers, MarkerFacts) or view.artifact.format not in PROGRAMS:
        return
    texts = [marker.text for marker in markers.markers if marker.kind == "framework"]
    for name, token in TOKENS.items():
        found = {match[1]: text for text in texts if (match := token.match(text))}
        if len(found) == 1:
            ((version, text),) = found.items()
            stock = len(STOCK.get(name, frozenset()) & set(beside))
            more = f", {stock} of its stock files beside it" if stock else ""
            yield Framework(name=name, version=version, told_by=f"the text {text[:64]}{more}")


def framework_components(views: Sequence[ArtifactView]) -> tuple[Component, ...]:
    """Return a component for each framework in each program, in the order of their paths."""
    names: dict[str, list[str]] = {}
    for view in views:
        names.setdefault(_folder(view), []).append(file_name(view.artifact.path).lower())
    return tuple(
        Component(
            identity=Identity(name=found.name, version=found.version),
            artifact=view.artifact.id,
            told_by=found.told_by,
        )
        for view in sorted(views, key=lambda one: one.artifact.path)
        for found in frameworks(view, names[_folder(view)])
    )


def _folder(view: ArtifactView) -> str:
    return view.artifact.path.rpartition("/")[0]
