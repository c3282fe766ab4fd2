"""CycloneDX bills of materials in JSON, versions 1.2 to 1.6, read one component at a time.

What comes back is what identifies a component: name, version, purl, CPE, SHA-256. Nested components are read to any
depth the budget allows; `pedigree` is not (an ancestor is not in the product), nor are services, which are no files.
Specification: ECMA-424, CycloneDX 1.6, `components` and `metadata.component`. Validating and writing are left to
`cyclonedx-python-lib`; a reader for inventories must go on where a validator stops.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Struct

from unrig.model.errors import FormatError, LimitError
from unrig.model.problem import Problem, ProblemKind, new_problem

SPEC_VERSIONS: Final = ("1.2", "1.3", "1.4", "1.5", "1.6")
MAX_BYTES: Final = 64 << 20
"""The largest bom of CycloneDX/bom-examples is 2.4 MB; a product of 100,000 components makes about 60."""
MAX_COMPONENTS: Final = 250_000
MAX_TEXT: Final = 4096

_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")
_DISTRIBUTIONS = frozenset({"distribution", "distribution-intake"})


class BomComponent(Struct, frozen=True, kw_only=True):
    """One component as the bom says it; empty where it does not."""

    pointer: str
    """JSON pointer (RFC 6901) of the component in its bom."""
    kind: str = ""
    """application, library, file, ..."""
    name: str = ""
    version: str = ""
    purl: str = ""
    cpe: str = ""
    sha256: str = ""
    distributions: tuple[str, ...] = ()
    """SHA-256 of the files it is distributed as (externalReferences)."""
    occurrences: tuple[str, ...] = ()
    """Where in the product it was found (evidence.occurrences, from 1.5)."""


class Bom(Struct, frozen=True, kw_only=True):
    """One bill of materials: the product, and everything in it, outermost first."""

    spec_version: str
    serial_number: str = ""
    product: BomComponent | None = None
    components: tuple[BomComponent, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_bom(data: bytes, where: str) -> Bom:
    """Return the bom; a component that is none is a problem in it, and the others are still read.

    Raises `FormatError` if this is no CycloneDX in JSON at all, `LimitError` if it is larger or deeper than the budget.
    """
    if len(data) > MAX_BYTES:
        raise LimitError(where, f"{MAX_BYTES} bytes", f"{len(data)} bytes")
    document = _decode(data, where)
    if not isinstance(document, dict) or document.get("bomFormat") != "CycloneDX":
        raise FormatError(where, 'a JSON object with "bomFormat": "CycloneDX"', _kind(document))
    version = _text(document.get("specVersion"))
    metadata = document.get("metadata")
    root = metadata.get("component") if isinstance(metadata, dict) else None
    found: list[BomComponent] = []
    problems = [] if version in SPEC_VERSIONS else [_other_version(where, version)]
    inner = root.get("components") if isinstance(root, dict) else None
    for pointer, listed in (("/metadata/component/components", inner), ("/components", document.get("components"))):
        for item in _walk(listed, pointer, where):
            if isinstance(item, Problem):
                problems.append(item)
            else:
                found.append(item)
            if len(found) + len(problems) > MAX_COMPONENTS:
                raise LimitError(where, f"{MAX_COMPONENTS} components", "more")
    return Bom(
        spec_version=version,
        serial_number=_text(document.get("serialNumber")),
        product=_component(root, "/metadata/component") if isinstance(root, dict) else None,
        components=tuple(found),
        problems=tuple(problems),
    )


def _decode(data: bytes, where: str) -> object:
    try:
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FormatError(where, "JSON (RFC 8259)", str(error)) from error
    except RecursionError as error:
        raise LimitError(where, "the nesting that a bom needs", "JSON nested past it") from error


def _walk(listed: object, pointer: str, where: str) -> Iterator[BomComponent | Problem]:
    """Yield all components of a list and of the lists inside them, in the order of the document."""
    waiting = [(pointer, listed)]
    while waiting:
        at, value = waiting.pop()
        if value is None:
            continue
        if isinstance(value, list):
            waiting.extend((f"{at}/{number}", item) for number, item in reversed(list(enumerate(value))))
        elif isinstance(value, dict):
            yield _component(value, at)
            if "components" in value and not isinstance(value["components"], list):
                yield _damaged(where, f"{at}/components", "a list of components", value["components"])
            elif value.get("components"):
                waiting.append((f"{at}/components", value["components"]))
        else:
            yield _damaged(where, at, "a component (an object)", value)


def _component(value: dict[object, object], pointer: str) -> BomComponent:
    name, group = _text(value.get("name")), _text(value.get("group"))
    return BomComponent(
        pointer=pointer,
        kind=_text(value.get("type")),
        name=f"{group}/{name}" if group and name else name,
        version=_text(value.get("version")),
        purl=_text(value.get("purl")),
        cpe=_text(value.get("cpe")),
        sha256=next(_sha256s(value.get("hashes")), ""),
        distributions=tuple(sorted(set(_distributed(value.get("externalReferences"))))),
        occurrences=tuple(_occurrences(value.get("evidence"))),
    )


def _sha256s(hashes: object) -> Iterator[str]:
    for entry in hashes if isinstance(hashes, list) else ():
        if isinstance(entry, dict) and entry.get("alg") == "SHA-256":
            content = _text(entry.get("content"))
            if _SHA256.fullmatch(content):
                yield content.lower()


def _distributed(references: object) -> Iterator[str]:
    for entry in references if isinstance(references, list) else ():
        if isinstance(entry, dict) and _text(entry.get("type")) in _DISTRIBUTIONS:
            yield from _sha256s(entry.get("hashes"))


def _occurrences(evidence: object) -> Iterator[str]:
    listed = evidence.get("occurrences") if isinstance(evidence, dict) else None
    for entry in listed if isinstance(listed, list) else ():
        location = _text(entry.get("location")) if isinstance(entry, dict) else ""
        if location:
            yield location


def _text(value: object) -> str:
    return value[:MAX_TEXT] if isinstance(value, str) else ""


def _kind(document: object) -> str:
    if isinstance(document, dict):
        return f"an object with the keys {', '.join(sorted(map(str, document)))[:120]}"
    return f"JSON of type {type(document).__name__}"


def _other_version(where: str, version: str) -> Problem:
    return new_problem(
        kind=ProblemKind.UNSUPPORTED,
        where=where,
        expected=f"CycloneDX {SPEC_VERSIONS[0]} to {SPEC_VERSIONS[-1]}",
        observed=f"version {version or 'not said'}",
        effect="what another version says in other fields was not looked at",
        action="check the components listed against the bom, or convert it to a version named here",
    )


def _damaged(where: str, pointer: str, expected: str, observed: object) -> Problem:
    return new_problem(
        kind=ProblemKind.DAMAGED,
        where=f"{where}#{pointer}",
        expected=expected,
        observed=f"JSON of type {type(observed).__name__}",
        effect="this component was not matched",
        action="ask for a bom that validates",
    )
