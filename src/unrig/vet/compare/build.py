"""What built a program, and where: linker, Rich header, path of the debug symbols, time, and lost protections."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from unrig.model.change import Difference
from unrig.model.pe import PeFacts
from unrig.model.rule import Inspection
from unrig.vet.differing import keyed, single

PROTECTIONS = {
    0x0020: "high entropy addresses",
    0x0040: "random addresses",
    0x0080: "integrity checks",
    0x0100: "data not executable",
    0x4000: "control flow guard",
}
"""DllCharacteristics (PE specification): what makes an attack on the program harder."""


def compare(before: PeFacts, after: PeFacts) -> Iterator[Difference]:
    """Yield the parts of the build environment that are not the same on both sides."""
    yield from single("build.machine", "machine", before.machine, after.machine)
    yield from single("build.linker", "linker", before.linker, after.linker)
    yield from keyed("build.tools", "build tools", _tools(before), _tools(after))
    yield from single("build.symbols", "debug symbols", _symbols(before), _symbols(after))
    yield from keyed("build.protections", "protections", _protections(before), _protections(after))
    yield from single("build.reproducible", "time stamp", _kind(before), _kind(after))
    if not (before.reproducible or after.reproducible):
        yield from single("build.time", "built", _moment(before), _moment(after))
    yield from single("build.rich_intact", "Rich header", _rich(before), _rich(after))


def _tools(facts: PeFacts) -> set[str]:
    """Return product and build of each tool; how many objects each made changes with every release."""
    return {f"{each.product}.{each.build}" for each in facts.rich}


def _symbols(facts: PeFacts) -> str:
    return next((each.pdb_path for each in facts.debug if each.pdb_path), "")


def _protections(facts: PeFacts) -> set[str]:
    return {name for flag, name in PROTECTIONS.items() if facts.dll_characteristics & flag}


def _kind(facts: PeFacts) -> str:
    return "a hash" if facts.reproducible else "a time"


def _moment(facts: PeFacts) -> str:
    return dt.datetime.fromtimestamp(facts.timestamp, dt.UTC).strftime("%Y-%m-%d %H:%M:%S")


def _rich(facts: PeFacts) -> str:
    return "" if not facts.rich else "intact" if facts.rich_intact else "edited"


COMPARISON = Inspection(id="build", reads=PeFacts, compare=compare)
