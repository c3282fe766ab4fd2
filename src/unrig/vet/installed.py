"""What an installer database calls the files of its cabinets: the path each is installed to, instead of a key.

A cabinet of an installer holds files under the keys of the File table. Folder, Component and File together say what
they are called on a computer; that path is what a person, a comparison and a hunt need. The key is kept as evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from unrig.model.msi import InstalledFile, MsiFacts
from unrig.model.paths import SEPARATOR, file_name, inside
from unrig.model.problem import Problem, ProblemKind, new_problem


class Targets(Struct, frozen=True, kw_only=True):
    """New paths by old ones, and what installers name that is not there."""

    renamed: Mapping[str, str]
    problems: tuple[Problem, ...]


def targets(
    installers: Mapping[str, MsiFacts], paths: Iterable[str], crossing: frozenset[str] = frozenset()
) -> Targets:
    """Return where the files of each installer's cabinets go. `paths` are those of everything that was read.

    A cabinet is a stream of the installer, or stands beside it, as the Media table says; two files for one place are
    told apart by their keys. A file that crosses (`crossing`) may count as one of any of its installer's cabinets.
    """
    if not installers:
        return Targets(renamed={}, problems=())
    members = _by_container(paths)
    taken = {path for held in members.values() for path in held}
    used = set(taken)
    renamed: dict[str, str] = {}
    problems: list[Problem] = []
    for path, facts in sorted(installers.items()):
        anywhere = {file.key: file.path for file in facts.files} if crossing else {}
        for cabinet, files in sorted(_by_cabinet(facts).items()):
            where = _cabinet(path, cabinet, files[0], taken)
            if where:
                held = members.get(where, ())
                also = {
                    key: anywhere[key] for name in held if name in crossing and (key := _key(where, name)) in anywhere
                }
                renamed |= _renamed(path, where, also | {file.key: file.path for file in files}, held, used)
            else:
                problems.append(_missing(path, cabinet, files))
    return Targets(renamed=renamed, problems=tuple(problems))


def moved(path: str, renamed: Mapping[str, str]) -> str:
    """Return the new path of a file, or of what is inside one that has a new path; the old one for any other."""
    at = len(path)
    while at > 0:
        new = renamed.get(path[:at])
        if new is not None:
            return new + path[at:]
        at = path.rfind(SEPARATOR, 0, at)
    return path


def key_of(path: str, renamed: Mapping[str, str]) -> str:
    """Return what the cabinet itself calls a file with a new path; empty for any other."""
    return path.rpartition(SEPARATOR)[2] if path in renamed else ""


def _by_container(paths: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in paths:
        found.setdefault(path.rpartition(SEPARATOR)[0], []).append(path)
    return found


def _by_cabinet(facts: MsiFacts) -> dict[str, list[InstalledFile]]:
    found: dict[str, list[InstalledFile]] = {}
    for file in facts.files:
        found.setdefault(file.cabinet, []).append(file)
    return found


def _cabinet(installer: str, cabinet: str, one: InstalledFile, taken: set[str]) -> str:
    """Return the path of a cabinet, or of the folder for files that are in none; empty where it is not there."""
    if one.embedded:
        stream = inside(installer, cabinet)
        return stream if stream in taken else ""
    folder = installer.removesuffix(file_name(installer))
    wanted = (cabinet or file_name(one.path)).casefold()
    beside = sorted(path for path in taken if path.startswith(folder) and file_name(path).casefold() == wanted)
    if not cabinet:
        return folder if beside else ""
    return next((path for path in beside if "/" not in path.removeprefix(folder)), "")


def _renamed(
    installer: str, cabinet: str, by_key: Mapping[str, str], members: Iterable[str], used: set[str]
) -> dict[str, str]:
    """Return the new path of each member that the File table names; `used` are paths that are taken, and grows."""
    renamed: dict[str, str] = {}
    for member in members:
        key = _key(cabinet, member)
        if by_key.get(key):
            new = inside(installer, by_key[key])
            renamed[member] = f"{new}%#{key}" if new in used else new
            used.add(renamed[member])
    return renamed


def _key(cabinet: str, member: str) -> str:
    return member.removeprefix(f"{cabinet}{SEPARATOR}")


def _missing(installer: str, cabinet: str, files: Sequence[InstalledFile]) -> Problem:
    named = f"the cabinet {cabinet}" if cabinet else "files that stand beside it uncompressed"
    return new_problem(
        kind=ProblemKind.ACCESS,
        where=installer,
        expected=f"{named}, {'inside' if files[0].embedded else 'beside'} the installer",
        observed="none",
        effect=f"{len(files):,} files that it installs were not looked at",
        action="vet the folder that holds the installer together with all its cabinets",
    )
