"""What a file is able to do, from the facts about it: imports, texts, addresses, and what its script says.

An ability is never proof of a use: nearly every program can read files and start others. Rules weigh them together, or
in a file that stands out by something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from unrig.data.dead_drops import is_dead_drop
from unrig.model.capability import Capability, Shown
from unrig.model.markers import MarkerFacts
from unrig.model.pe import PeFacts
from unrig.model.place import Span
from unrig.model.rule import ArtifactView
from unrig.model.script import ScriptFacts
from unrig.model.strings import FoundString, StringFacts

# fmt: off
FUNCTIONS: Mapping[Capability, frozenset[str]] = MappingProxyType({
    Capability.FILE_READ: frozenset({
        "createfilea", "createfilew", "createfile2", "ntcreatefile", "ntopenfile", "fopen", "_wfopen", "fopen_s",
        "_wfopen_s", "_open", "_wopen", "_sopen_s", "_wsopen_s", "createfilemappinga", "createfilemappingw",
    }),
    Capability.EXECUTABLE_MEMORY: frozenset({
        "virtualprotect", "virtualprotectex", "ntprotectvirtualmemory", "zwprotectvirtualmemory",
    }),
    Capability.PROCESS: frozenset({
        "createprocessa", "createprocessw", "createprocessasusera", "createprocessasuserw", "shellexecutea",
        "shellexecutew", "shellexecuteexa", "shellexecuteexw", "winexec", "ntcreateuserprocess",
    }),
    Capability.SYSTEM_SURVEY: frozenset({"netwkstagetinfo"}),
})
"""Functions of Windows and its C runtime (Win32 API, native API) whose import gives the ability. `VirtualAlloc` is not
among them: every allocator has it, and memory that is executable from the start is rare in it. `GetAdaptersAddresses` is what every resolver of names asks."""
_ABLE = {name: capability for capability, names in FUNCTIONS.items() for name in names}
NETWORK = frozenset({"ws2_32.dll", "wininet.dll", "winhttp.dll", "urlmon.dll", "wsock32.dll"})
# fmt: on
MARKED: Mapping[str, Capability] = MappingProxyType(
    {
        "browser_stores": Capability.BROWSER_STORES,
        "system_survey": Capability.SYSTEM_SURVEY,
        "persistence": Capability.PERSISTENCE,
    }
)


def capabilities(view: ArtifactView) -> Mapping[Capability, tuple[Shown, ...]]:
    """Return what shows each ability of a file, abilities without anything that shows them left out."""
    found: dict[Capability, list[Shown]] = {}
    for shown in _all(view):
        found.setdefault(shown.capability, []).append(shown)
    return {capability: tuple(found[capability]) for capability in Capability if capability in found}


def _all(view: ArtifactView) -> Iterator[Shown]:
    pe, strings = view.facts.get(PeFacts), view.facts.get(StringFacts)
    markers, script = view.facts.get(MarkerFacts), view.facts.get(ScriptFacts)
    if isinstance(pe, PeFacts):
        yield from _imports(pe)
    if isinstance(markers, MarkerFacts):
        yield from _markers(markers)
    if isinstance(script, ScriptFacts):
        yield from script.capabilities
    if isinstance(strings, StringFacts) and (pe is not None or script is not None or markers is not None):
        yield from (_address(found) for found in strings.urls if is_dead_drop(found.text))


def _imports(pe: PeFacts) -> Iterator[Shown]:
    for entry in pe.imports:
        if entry.library.lower() in NETWORK:
            yield Shown(capability=Capability.NETWORK, text=entry.library)
        for name in entry.functions:
            capability = _ABLE.get(name.lower())
            if capability is not None:
                yield Shown(capability=capability, text=f"{entry.library}!{name}")


def _markers(markers: MarkerFacts) -> Iterator[Shown]:
    for marker in markers.markers:
        if marker.kind in MARKED:
            span = Span(offset=marker.offset, length=marker.length)
            yield Shown(capability=MARKED[marker.kind], text=marker.text, span=span)


def _address(found: FoundString) -> Shown:
    width = 2 if found.encoding == "utf-16" else 1
    span = Span(offset=found.offset, length=len(found.text) * width)
    return Shown(capability=Capability.DEAD_DROP, text=found.text, span=span)
