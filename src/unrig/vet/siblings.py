"""Programs that stand in one folder of a release, and how one of them differs from the others.

What a publisher ships together comes, as a rule, out of one build and one signing step. Files that say they are by
somebody else (a runtime of Microsoft's, a library of OpenSSL's) are no siblings.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct

from unrig.model.pe import PeFacts
from unrig.model.rule import ArtifactView

FEWEST = 4
"""Siblings that must agree before one can stand out: of three, chance decides."""
SHARE = 0.6
"""Of the siblings that must agree."""
LINKER_PRODUCTS = range(0x00FD, 0x0120)
"""Product ids in the Rich header that Visual Studio 2015 and later give their tools (Microsoft's comp.id)."""
ORGANISATION = re.compile(r"(?:^|,)\s*O=((?:[^,\\]|\\.)*)")


class Build(Struct, frozen=True, kw_only=True):
    """What a program says of the machine that made it; empty where it does not say."""

    linker: str
    toolset: str
    root: str
    """The first two folders of the path of its debug file."""


class Folder(Struct, frozen=True, kw_only=True):
    """The programs of one folder."""

    path: str
    members: tuple[ArtifactView, ...]


def folders(views: Sequence[ArtifactView]) -> Iterator[Folder]:
    """Yield the folders with enough programs for one to stand out, in the order of their paths."""
    found: dict[str, list[ArtifactView]] = {}
    for view in sorted(views, key=lambda one: one.artifact.path):
        if isinstance(view.facts.get(PeFacts), PeFacts):
            found.setdefault(view.artifact.path.rpartition("/")[0], []).append(view)
    for path, members in found.items():
        if len(members) > FEWEST:
            yield Folder(path=path, members=tuple(members))


def organisation(view: ArtifactView) -> str:
    """Return the organisation that signed a program, empty where it is not signed."""
    signer = view.artifact.identity.signer
    if signer is None:
        return ""
    found = ORGANISATION.search(signer.subject)
    return found[1].replace("\\", "").strip() if found else signer.subject


def company(view: ArtifactView) -> str:
    """Return the company that a program says it is by, empty where it does not say."""
    pe: PeFacts = view.facts[PeFacts]
    return pe.version_info.get("CompanyName", "").strip()


def product(view: ArtifactView) -> str:
    """Return the product that a program says it is part of, empty where it does not say."""
    pe: PeFacts = view.facts[PeFacts]
    return pe.version_info.get("ProductName", "").strip()


def build(view: ArtifactView) -> Build:
    """Return what a program says of its build."""
    pe: PeFacts = view.facts[PeFacts]
    tools = [entry.build for entry in pe.rich if entry.product in LINKER_PRODUCTS]
    paths = [entry.pdb_path for entry in pe.debug if entry.pdb_path]
    parts = re.split(r"[\\/]+", paths[0].lower())[:-1] if paths else []
    return Build(linker=pe.linker, toolset=str(max(tools)) if tools else "", root="/".join(parts[:2]))


def majority(values: Sequence[str]) -> str:
    """Return what most of the values are, empty where too few agree."""
    counted = Counter(value for value in values if value)
    if not counted:
        return ""
    value, times = min(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return value if times >= FEWEST and times >= SHARE * len(values) else ""


def kin(folder: Folder) -> tuple[ArtifactView, ...]:
    """Return the programs of a folder that do not say they are by somebody else than most."""
    common = majority([company(view) for view in folder.members if company(view)])
    return tuple(view for view in folder.members if company(view) in ("", common))


def odd_signature(folder: Folder) -> tuple[str, tuple[ArtifactView, ...]]:
    """Return who signed most of a folder, and the programs that are not signed at all."""
    signed = [view for view in folder.members if organisation(view)]
    common = majority([organisation(view) for view in folder.members])
    unsigned = tuple(view for view in folder.members if view not in signed) if common else ()
    return common, unsigned


def odd_builds(folder: Folder) -> Iterator[tuple[ArtifactView, tuple[str, ...]]]:
    """Yield each of the kin that differs from what most of its kind have, with the names of the fields in which it does."""
    for relatives in _kinds(kin(folder)):
        yield from _odd(relatives)


def _kinds(relatives: Sequence[ArtifactView]) -> Iterator[tuple[ArtifactView, ...]]:
    """Yield programs by what makes them: the compiler of .NET, a linker with code to link, or one without.

    A runtime of .NET 3.1 has 164 managed libraries, 43 of forwarders or resources only, and 10 with code: each of the
    last would stand out among the others.
    """
    found: dict[tuple[bool, bool], list[ArtifactView]] = {}
    for view in relatives:
        pe: PeFacts = view.facts[PeFacts]
        found.setdefault((pe.is_dotnet, bool(pe.imports)), []).append(view)
    for _, views in sorted(found.items()):
        yield tuple(views)


def _odd(relatives: Sequence[ArtifactView]) -> Iterator[tuple[ArtifactView, tuple[str, ...]]]:
    builds = [build(view) for view in relatives]
    common = {name: majority([getattr(one, name) for one in builds]) for name in Build.__struct_fields__}
    for view, one in zip(relatives, builds, strict=True):
        fields = tuple(name for name, value in common.items() if value and getattr(one, name) not in ("", value))
        missing = tuple(name for name in ("toolset",) if common[name] and not getattr(one, name))
        if fields or missing:
            yield view, (*fields, *missing)
